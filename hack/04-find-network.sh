#!/usr/bin/env bash
PURPOSE='Finds the network that the mesh gives its pods, and compares it with what was rendered.'
EXAMPLES='  hack/04-find-network.sh'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
begin "$@"
need kubectl jq

crd=istiocontrolplanes.servicemesh.cisco.com
if kubectl get crd "$crd" > /dev/null 2>&1; then
  found=$(kubectl get "$crd" -A -o json | jq -r '[.items[].spec.networkName // "network1"] | unique | join(" ")')
  where='the IstioControlPlane objects'
else
  found=$(kubectl get namespace "$MESH_NAMESPACE" -o json | jq -r '.metadata.labels["topology.istio.io/network"] // ""')
  where="the label topology.istio.io/network of the namespace $MESH_NAMESPACE"
  if [ -z "$found" ]; then
    found=$(kubectl -n "$MESH_NAMESPACE" get configmap istio-sidecar-injector -o json | jq -r '.data.values | fromjson | .global.network // ""')
    where="the sidecar injector's values"
  fi
fi
[ -n "$found" ] || fail 'the mesh names no network' 'an unnamed network is "": say so in migrations/mesh.yaml, or set global.network where Istio is installed'
say "the mesh: $found (from $where)"
say "rendered: $NETWORK"
case " $found " in
  *" $NETWORK "*) done_ 'the machine is on the network of the pods: they reach each other directly' ;;
  *)
    kubectl -n "$MESH_NAMESPACE" get service istio-eastwestgateway > /dev/null 2>&1 ||
      fail "the machine is rendered on the network $NETWORK, and the pods are on $found" \
        "if it reaches pod IPs, set network: $found in migrations/mesh.yaml and render again; if it does not, the mesh needs an expansion gateway"
    done_ "the machine is on a network of its own: pods and machine meet at the expansion gateway"
    ;;
esac
finish 'hack/05-collect.sh'
