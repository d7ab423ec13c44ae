#!/usr/bin/env bash
PURPOSE='Applies the three layers of the current phase to the cluster, as a GitOps controller would.'
EXAMPLES='  hack/01-onboard.sh
  hack/01-onboard.sh --migration orders --dist clusters/prod/dist'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
begin "$@"
need_cluster

kubectl get namespace "$NAMESPACE" > /dev/null 2>&1 || fail "the namespace $NAMESPACE is not there" "kubectl create namespace $NAMESPACE, with the label that has Istio inject sidecars"
# The machine before what sends it requests; then any order would do (docs/reference/phases.md).
for layer in vm workload routing; do
  say "$layer:"
  kubectl apply -f "$RENDERED/$layer" | sed 's/^/  /' || fail "the layer $layer is not applied, or not all of it" 'what the API server said stands above; npx meshferry verify dist checks the manifests'
done
if [ -n "$MACHINE_NOW" ]; then
  done_ "the group $GROUP in $NAMESPACE waits for machines"
  finish 'hack/02-start-vm.sh'
else
  done_ "$NAME is applied; its current phase has no machine in the mesh"
fi
