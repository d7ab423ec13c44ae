#!/usr/bin/env bash
PURPOSE='Checks that the machine serves: registered, healthy, an endpoint of clients, and reached from a pod.'
EXAMPLES='  hack/07-check.sh
  hack/07-check.sh --client smm-demo/client'
OPTIONS='  --client NS/POD    a pod with a sidecar, and curl in its first container (default: <namespace>/client)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
CLIENT=
option() { case $1 in --client) CLIENT=$2 ;; *) return 1 ;; esac; }
begin "$@"
need_cluster
need_machine_now
need_vm
: "${CLIENT:=$NAMESPACE/client}"
node_ip=$(state node-ip)

is_registered || fail "no WorkloadEntry of $GROUP has the address $node_ip" 'join it: hack/06-join-by-hand.sh'
done_ "registered: $(workload_entry)"
wait_for 30 'its health' entry_is_healthy || fail 'it is not healthy, so it gets no traffic' "on the machine: systemctl status $NAME"
done_ 'healthy'
kubectl -n "${CLIENT%/*}" get pod "${CLIENT#*/}" > /dev/null 2>&1 || fail "the pod $CLIENT is not there" 'name one with --client'
wait_for 15 'the endpoint' is_endpoint "$CLIENT" || fail "the Envoy of $CLIENT does not have $node_ip as an endpoint of $SERVICE_HOST" "istioctl proxy-status ${CLIENT#*/}.${CLIENT%/*}; npx meshferry verify dist finds ports and labels that do not fit"
done_ "an endpoint of $CLIENT"
url=$(service_url)
if [ -n "$url" ]; then
  reached() { kubectl -n "${CLIENT%/*}" exec "${CLIENT#*/}" -- curl -fsS -m 5 -o /dev/null "$url"; }
  wait_for 10 '' reached || fail "$url does not answer $CLIENT" "kubectl -n ${CLIENT%/*} exec ${CLIENT#*/} -- curl -v $url; istioctl proxy-config endpoints ${CLIENT#*/}.${CLIENT%/*}"
  done_ "reached: $url answers $CLIENT"
fi
finish 'hack/08-load.sh'
