#!/usr/bin/env bash
PURPOSE='Finds the network that the mesh gives its pods, and compares it with the one rendered for the machine.'
EXAMPLES='  hack/04-find-network.sh
  hack/04-find-network.sh --other-network yes'
OPTIONS='  --other-network yes  the machine is on a network of its own, on purpose: pods and it meet at the expansion gateway
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
OTHER_NETWORK=
option() {
  [ "$1" = --other-network ] || return 1
  [ "$2" = yes ] || usage_error "--other-network $2 is not yes"
  OTHER_NETWORK=yes
}
begin "$@"
need_cluster

crd=istiocontrolplanes.servicemesh.cisco.com
if kubectl get crd "$crd" > /dev/null 2>&1; then
  found=$(kubectl get "$crd" -A -o json | jq -r '[.items[].spec.networkName // "network1"] | unique | join(" ")')
  where='the IstioControlPlane objects'
  [ -n "$found" ] || fail 'there is no IstioControlPlane object, and so no mesh' "kubectl get $crd -A"
else
  found=$(kubectl get namespace "$MESH_NAMESPACE" -o json | jq -r '.metadata.labels["topology.istio.io/network"] // ""')
  where="the label topology.istio.io/network of the namespace $MESH_NAMESPACE"
  if [ -z "$found" ]; then
    injector=istio-sidecar-injector${REVISION:+-$REVISION}
    found=$(kubectl -n "$MESH_NAMESPACE" get configmap "$injector" -o json | jq -r '.data.values | fromjson | .global.network // ""') ||
      fail "the ConfigMap $injector is not in $MESH_NAMESPACE" 'set the revision and the namespace of istiod in migrations/mesh.yaml, and render again: revision, namespace'
    where="the ConfigMap $injector"
  fi
fi
say "the mesh: ${found:-none} (from $where)"
say "rendered: ${NETWORK:-none}"
case " $found " in
  *" $NETWORK "*) done_ 'the machine is on the network of the pods: they reach each other directly' ;;
  *)
    if [ -z "$OTHER_NETWORK" ]; then
      fail "the machine is rendered on the network ${NETWORK:-none}, and the pods are on ${found:-none}" \
        "where it reaches pod IPs: network: $found in migrations/mesh.yaml, and npm run synth; where it does not, on purpose: --other-network yes"
    fi
    address=$(gateway_address)
    [ -n "$address" ] || fail "a machine on a network of its own needs an expansion gateway, and $MESH_NAMESPACE/$GATEWAY_SERVICE has no address" 'have one rendered: expansionGateway: {render: true} in migrations/mesh.yaml'
    done_ "the machine is on a network of its own: pods and machine meet at the expansion gateway, $address"
    ;;
esac
finish 'hack/05-collect.sh'
