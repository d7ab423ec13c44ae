// The oracle reads YAML as kubectl does, with the libraries that kubectl has: verify's reader is held against it.
//
// Each line of the standard input is a JSON string, the text of a file. Each line of the standard output tells what
// became of one: the JSON of its documents, or the error.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/util/yaml"
	sigs "sigs.k8s.io/yaml"
)

type answer struct {
	Documents []json.RawMessage `json:"documents"`
	Error     string            `json:"error,omitempty"`
	// Twice: strict reading refuses what lenient reading takes, which is a key that is written twice.
	Twice bool `json:"twice,omitempty"`
}

func read(text string) (result answer) {
	result.Documents = []json.RawMessage{}
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader([]byte(text))))
	for {
		chunk, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return result
		}
		if err != nil {
			result.Error = err.Error()
			return result
		}
		document, err := sigs.YAMLToJSON(chunk)
		if err != nil {
			result.Error = err.Error()
			return result
		}
		if _, err := sigs.YAMLToJSONStrict(chunk); err != nil {
			result.Twice = true
		}
		result.Documents = append(result.Documents, document)
	}
}

func main() {
	input := json.NewDecoder(bufio.NewReader(os.Stdin))
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	encoder := json.NewEncoder(output)
	for {
		var text string
		if err := input.Decode(&text); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(read(text)); err != nil {
			log.Fatal(err)
		}
	}
}
