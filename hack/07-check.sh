#!/usr/bin/env bash
PURPOSE='Checks that the machine serves: registered, healthy, an endpoint of clients, and reached from a pod.'
EXAMPLES='  hack/07-check.sh
  hack/07-check.sh --client smm-demo/client'
OPTIONS='  --client NS/POD    a pod with a sidecar and a container of the same name (default: <namespace>/client)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
CLIENT=
option() { case $1 in --client) CLIENT=$2 ;; *) return 1 ;; esac; }
begin "$@"
need kubectl jq
need_vm
: "${CLIENT:=$NAMESPACE/client}"
node_ip=$(state node-ip)

entry=$(workload_entry)
[ -n "$entry" ] || fail "no WorkloadEntry of $GROUP has the address $node_ip" 'join it: hack/06-join-by-hand.sh'
done_ "registered: $entry"
wait_for 30 'its health' entry_is_healthy || fail 'it is not healthy, so it gets no traffic' "on the machine: systemctl status $MIGRATION"
done_ 'healthy'

pod=${CLIENT#*/} pod_namespace=${CLIENT%/*}
kubectl -n "$pod_namespace" get pod "$pod" > /dev/null 2>&1 || fail "the pod $CLIENT is not there" 'name one with --client'
# What a client's Envoy holds counts, and not what the API says.
is_endpoint() { kubectl -n "$pod_namespace" exec "$pod" -c istio-proxy -- pilot-agent request GET 'clusters?format=json' | grep -qF "\"$node_ip\""; }
wait_for 15 'the endpoint' is_endpoint || fail "the Envoy of $CLIENT does not have $node_ip as an endpoint" "istioctl proxy-status $pod.$pod_namespace"
done_ "an endpoint of $CLIENT"
port=$(tr ' ' '\n' <<< "$PORTS" | sed -n 's/^http[^=]*=//p' | head -n 1)
if [ -n "$port" ] && [ -n "$SERVICE_HOST" ]; then
  reached() { kubectl -n "$pod_namespace" exec "$pod" -c "$pod" -- curl -fsS -m 5 -o /dev/null "http://$SERVICE_HOST:$port/"; }
  wait_for 10 '' reached || fail "$SERVICE_HOST does not answer $CLIENT" "istioctl proxy-config endpoints $pod.$pod_namespace"
  done_ "reached: http://$SERVICE_HOST:$port/ answers $CLIENT"
fi
finish 'hack/08-load.sh'
