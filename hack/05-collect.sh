#!/usr/bin/env bash
PURPOSE='Collects what a join takes: the address of the machine, the address of istiod, and a token.'
EXAMPLES='  hack/05-collect.sh
  hack/05-collect.sh --istiod 192.0.2.1 --node-ip 198.51.100.7'
OPTIONS='  --istiod ADDRESS   where the machine reaches istiod (default: the expansion gateway, else istiod itself)
  --node-ip ADDRESS  where the mesh reaches the machine (default: its address on the way to istiod)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
ISTIOD='' NODE_IP=''
option() { case $1 in --istiod) ISTIOD=$2 ;; --node-ip) NODE_IP=$2 ;; *) return 1 ;; esac; }
begin "$@"
need kubectl
need_vm

load_balancer() { # SERVICE: its address; a name is resolved, since a hosts file takes addresses only
  local address
  address=$(kubectl -n "$MESH_NAMESPACE" get service "$1" -o jsonpath='{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}' 2> /dev/null) || return 0
  case $address in *[a-zA-Z]*) getent ahostsv4 "$address" | awk 'NR == 1 { print $1 }' ;; *) printf '%s' "$address" ;; esac
}

: "${ISTIOD:=$(load_balancer istio-eastwestgateway)}"
if [ -z "$ISTIOD" ]; then
  ISTIOD=$(kubectl -n "$MESH_NAMESPACE" get endpoints istiod -o jsonpath='{.subsets[0].addresses[0].ip}' 2> /dev/null) || true
  [ -z "$ISTIOD" ] || say '! istiod has no stable address: this one goes with its pod, and the machine stays cut off then'
fi
[ -n "$ISTIOD" ] || fail "istiod cannot be reached from outside: no expansion gateway with an address in $MESH_NAMESPACE" 'render one (mesh.yaml: expansionGateway: {render: true}), or give its address with --istiod'
if [ -z "$NODE_IP" ]; then
  NODE_IP=$(on_vm ip -o route get "$ISTIOD" | sed -n 's/.* src \([0-9.]*\).*/\1/p')
fi
[ -n "$NODE_IP" ] || fail "$VM has no way to $ISTIOD" 'on the machine: ip route; or give its address with --node-ip'

(
  umask 077
  printf '%s' "$ISTIOD" > "$STATE/istiod-ip"
  printf '%s' "$NODE_IP" > "$STATE/node-ip"
  # A short-lived token of the service account; in a file that only its owner reads, and never on a command line.
  kubectl -n "$NAMESPACE" create token "$SERVICE_ACCOUNT" --audience istio-ca --duration 1h | tr -d '\r\n' > "$STATE/token.new"
  mv "$STATE/token.new" "$STATE/token"
)
done_ "the machine: $NODE_IP"
done_ "istiod:      $ISTIOD"
done_ "a token of $NAMESPACE/$SERVICE_ACCOUNT for an hour: $STATE/token"
finish 'hack/06-join-by-hand.sh'
