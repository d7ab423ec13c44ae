#!/usr/bin/env bash
PURPOSE='Sends a bounded, counted load through the sidecar of a pod, and tells who answered.'
EXAMPLES='  hack/08-load.sh
  hack/08-load.sh --seconds 60 --rate 100
  hack/08-load.sh --url tcp://analytics:8083'
OPTIONS='  --client NS/POD    a pod with a sidecar, and the program load as in the lab (default: <namespace>/client)
  --seconds N        how long, 1 to 300 (default: 10)
  --rate N           requests a second, 1 to 200 (default: 30)
  --url URL          http://HOST:PORT/ or tcp://HOST:PORT (default: the Service on its first http port)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
CLIENT='' LOAD_SECONDS=10 RATE=30 URL=''
option() { case $1 in --client) CLIENT=$2 ;; --seconds) LOAD_SECONDS=$2 ;; --rate) RATE=$2 ;; --url) URL=$2 ;; *) return 1 ;; esac; }
begin "$@"
[[ $LOAD_SECONDS =~ ^[1-9][0-9]{0,2}$ && $LOAD_SECONDS -le 300 ]] || usage_error "--seconds $LOAD_SECONDS is not from 1 to 300"
[[ $RATE =~ ^[1-9][0-9]{0,2}$ && $RATE -le 200 ]] || usage_error "--rate $RATE is not from 1 to 200"
need_cluster
: "${CLIENT:=$NAMESPACE/client}" "${URL:=$(service_url)}"
[ -n "$URL" ] || fail "the Service of $NAME has no http port" 'say with --url what to call, e.g. tcp://HOST:PORT'
say "$RATE requests a second for $LOAD_SECONDS s to $URL"
lines=$(kubectl -n "${CLIENT%/*}" exec "${CLIENT#*/}" -- load --seconds "$LOAD_SECONDS" --rate "$RATE" "$URL") ||
  fail "the load could not be sent from $CLIENT" 'name a pod that has the program with --client; the lab has smm-demo/client'
jq -r 'select(.total) | .total as $total | "sent \($total), failed \(.failed)", (.answers | to_entries[] | "  \(.key): \(.value) (\((.value * 1000 / $total | round) / 10) %)"), (.failures[:5][] | "  failed: \(.reason)")' <<< "$lines"
jq -e 'select(.total) | .failed == 0' <<< "$lines" > /dev/null || fail 'requests failed' "istioctl proxy-config endpoints ${CLIENT#*/}.${CLIENT%/*} shows which endpoints the client holds"
finish 'move the migration a phase on (docs/reference/phases.md), or take the machine away again: hack/09-delete-vm.sh'
