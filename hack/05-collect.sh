#!/usr/bin/env bash
PURPOSE='Collects what a join takes: the address of the machine, those of istiod and the ingress, and a token.'
EXAMPLES='  hack/05-collect.sh
  hack/05-collect.sh --istiod 192.0.2.1 --node-ip 198.51.100.7
  hack/05-collect.sh --provider smm'
OPTIONS='  --istiod ADDRESS   where the machine reaches istiod (default: the expansion gateway, else istiod itself)
  --node-ip ADDRESS  where the mesh reaches the machine (default: its address on the way to istiod)
  --ingress SERVICE  NAMESPACE/NAME of the ingress gateway (default: istio-ingressgateway beside istiod)
  --provider NAME    meshferry, or smm: a token for the agent of the vendor rather than for istiod
                     (default: meshferry)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
ISTIOD='' NODE_IP='' INGRESS='' PROVIDER=meshferry
option() {
  case $1 in
    --istiod) ISTIOD=$2 ;;
    --node-ip) NODE_IP=$2 ;;
    --ingress) INGRESS=$2 ;;
    --provider) PROVIDER=$2 ;;
    *) return 1 ;;
  esac
}
begin "$@"
check_provider meshferry smm
need_cluster
need_machine_now
need_vm

: "${ISTIOD:=$(gateway_address)}" "${INGRESS:=$MESH_NAMESPACE/istio-ingressgateway}"
if [ -z "$ISTIOD" ]; then
  ISTIOD=$(kubectl -n "$MESH_NAMESPACE" get endpointslices -l "kubernetes.io/service-name=istiod${REVISION:+-$REVISION}" -o json | jq -r '[.items[].endpoints[].addresses[]][0] // empty')
  [ -z "$ISTIOD" ] || say '! istiod has no stable address: this one goes with its pod, and the machine is cut off then'
fi
[ -n "$ISTIOD" ] || fail "istiod cannot be reached from outside: $MESH_NAMESPACE/$GATEWAY_SERVICE has no address" 'have an expansion gateway rendered (expansionGateway: {render: true} in migrations/mesh.yaml), or give an address with --istiod'
if [ -z "$NODE_IP" ]; then
  route=$(on_vm ip -o route get "$ISTIOD" < /dev/null 2> /dev/null) || fail "$VM has no way to $ISTIOD" 'on the machine: ip route'
  NODE_IP=$(sed -n 's/.* src \([0-9a-f.:]*\).*/\1/p' <<< "$route")
  [ -n "$NODE_IP" ] || fail "$VM does not say by which address it reaches $ISTIOD" 'give it with --node-ip'
fi
ingress=$(load_balancer "${INGRESS%/*}" "${INGRESS#*/}")

# A short-lived token of the service account (a TokenRequest; Kubernetes 1.24 and later keep none in a Secret). It goes
# into a file that only its owner reads, and never on a command line.
audience=()
[ "$PROVIDER" = smm ] || audience=(--audience istio-ca)
umask 077
kubectl -n "$NAMESPACE" create token "$SERVICE_ACCOUNT" "${audience[@]}" --duration 1h | tr -d '\r\n' > "$STATE/token.new" ||
  fail "no token for the service account $NAMESPACE/$SERVICE_ACCOUNT" "kubectl auth can-i create serviceaccounts/token -n $NAMESPACE"
mv "$STATE/token.new" "$STATE/token"
printf '%s' "$ISTIOD" > "$STATE/istiod-ip"
printf '%s' "$NODE_IP" > "$STATE/node-ip"
printf '%s' "$ingress" > "$STATE/ingress-ip"
done_ "the machine: $NODE_IP"
done_ "istiod:      $ISTIOD"
done_ "the ingress: ${ingress:-none with an address; the agent of the cluster could not be fetched}"
done_ "a token of $NAMESPACE/$SERVICE_ACCOUNT for an hour: $STATE/token"
if [ "$PROVIDER" = smm ]; then
  finish 'hack/06-install-agent.sh --provider smm'
else
  finish 'hack/06-install-agent.sh, or, without an agent, hack/06-join-by-hand.sh'
fi
