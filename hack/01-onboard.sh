#!/usr/bin/env bash
PURPOSE='Applies the three layers of the current phase to the cluster, as a GitOps controller would.'
EXAMPLES='  hack/01-onboard.sh
  hack/01-onboard.sh --migration orders --dist clusters/prod/dist'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
begin "$@"
need kubectl

kubectl get namespace "$NAMESPACE" > /dev/null 2>&1 || fail "the namespace $NAMESPACE is not there" "kubectl create namespace $NAMESPACE, with the label that has Istio inject sidecars"
# The machine and its routes before anything that sends it a request.
for layer in vm workload routing; do
  say "$layer:"
  kubectl apply -f "$RENDERED/$layer" | sed 's/^/  /'
done
done_ "the group $GROUP in $NAMESPACE waits for machines"
finish 'hack/02-start-vm.sh'
