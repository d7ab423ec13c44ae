#!/usr/bin/env bash
PURPOSE='Sends a bounded, counted load through the sidecar of a pod, and tells who answered.'
EXAMPLES='  hack/08-load.sh
  hack/08-load.sh --seconds 60 --rate 100
  hack/08-load.sh --url tcp://analytics:8083'
OPTIONS='  --client NS/POD    a pod with a sidecar and the program load, as the lab has it (default: <namespace>/client)
  --seconds N        how long, at most 300 (default: 10)
  --rate N           requests a second, at most 200 (default: 30)
  --url URL          http://HOST:PORT/ or tcp://HOST:PORT (default: the Service on its first http port)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
CLIENT='' LOAD_SECONDS=10 RATE=30 URL=''
option() { case $1 in --client) CLIENT=$2 ;; --seconds) LOAD_SECONDS=$2 ;; --rate) RATE=$2 ;; --url) URL=$2 ;; *) return 1 ;; esac; }
begin "$@"
need kubectl jq
: "${CLIENT:=$NAMESPACE/client}"
[[ $LOAD_SECONDS =~ ^[0-9]+$ && $LOAD_SECONDS -ge 1 && $LOAD_SECONDS -le 300 ]] || usage_error "--seconds $LOAD_SECONDS is not from 1 to 300"
[[ $RATE =~ ^[0-9]+$ && $RATE -ge 1 && $RATE -le 200 ]] || usage_error "--rate $RATE is not from 1 to 200"
port=$(tr ' ' '\n' <<< "$PORTS" | sed -n 's/^http[^=]*=//p' | head -n 1)
: "${URL:=http://$SERVICE_HOST:$port/}"
say "$RATE requests a second for $LOAD_SECONDS s to $URL"
totals=$(kubectl -n "${CLIENT%/*}" exec "${CLIENT#*/}" -c "${CLIENT#*/}" -- load --seconds "$LOAD_SECONDS" --rate "$RATE" "$URL" | tail -n 1)
jq -r '.total as $total | "sent \($total), failed \(.failed)", (.answers | to_entries[] | "  \(.key): \(.value) (\((.value * 1000 / $total | round) / 10) %)"), (.failures[:5][] | "  failed: \(.reason)")' <<< "$totals"
[ "$(jq .failed <<< "$totals")" -eq 0 ] || fail 'requests failed'
finish 'move the migration a phase on (docs/phases.md), or take the machine away again: hack/09-delete-vm.sh'
