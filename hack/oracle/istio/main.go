// Asks Istio itself about objects: a line of JSON for each on standard input, a line of JSON in the file that the
// second argument names. Standard output is what Istio's own logging writes to.
//
// An object passes where the API server takes it under Istio's CRDs and where istiod's webhook takes it too.
// The CRDs are those of the file that the first argument names.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	metav1validation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	crdvalidation "istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
)

// answer is what Istio says about one object: an empty text where it has nothing against it.
type answer struct {
	Crd     string `json:"crd"`
	Webhook string `json:"webhook"`
	Warning string `json:"warning"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: istio CRDS.yaml ANSWERS.jsonl < objects.jsonl")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(crds, answers string) error {
	validator, err := crdvalidation.NewValidatorFromFiles(crds)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 64*1024), 16*1024*1024)
	file, err := os.Create(answers)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		if err := encoder.Encode(judge(lines.Bytes(), validator)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return out.Flush()
}

func judge(line []byte, validator *crdvalidation.Validator) answer {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(line); err != nil {
		return answer{Crd: "not an object: " + err.Error()}
	}
	result := answer{}
	if err := validateMetadata(object); err != nil {
		result.Crd = err.Error()
	} else if err := validator.ValidateCustomResource(object.DeepCopy()); err != nil {
		result.Crd = err.Error()
	}
	result.Webhook, result.Warning = webhook(line)
	return result
}

// validateMetadata is what the API server checks of every object's metadata.
func validateMetadata(object *unstructured.Unstructured) error {
	meta := metav1.ObjectMeta{}
	if raw, found := object.Object["metadata"].(map[string]any); found {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &meta); err != nil {
			return err
		}
	}
	if meta.Namespace == "" {
		meta.Namespace = "default" // as kubectl does
	}
	return metav1validation.ValidateObjectMeta(&meta, true, metav1validation.NameIsDNSSubdomain, field.NewPath("metadata")).ToAggregate()
}

// webhook asks the function that istiod registers for the kind.
func webhook(line []byte) (refusal string, warning string) {
	// Istio's own validators have no recover: a crash of istiod is a refusal for whoever applies the object.
	defer func() {
		if cause := recover(); cause != nil {
			refusal = fmt.Sprint("panic: ", cause)
		}
	}()
	var object crd.IstioKind
	if err := json.Unmarshal(line, &object); err != nil {
		return err.Error(), ""
	}
	if object.Namespace == "" {
		object.Namespace = "default"
	}
	gvk := object.GroupVersionKind()
	schema, known := collections.All.FindByGroupVersionAliasesKind(resource.FromKubernetesGVK(&gvk))
	if !known {
		return fmt.Sprint("unrecognized type ", gvk), ""
	}
	config, err := crd.ConvertObject(schema, &object, "cluster.local")
	if err != nil {
		return err.Error(), ""
	}
	warned, refused := schema.ValidateConfig(*config)
	if warned != nil {
		warning = warned.Error()
	}
	if refused != nil {
		refusal = refused.Error()
	}
	return refusal, warning
}
