#!/usr/bin/env bash
PURPOSE='Installs the agent by the one line that git holds, tells it what it has to know, and joins the machine.'
EXAMPLES='  hack/06-install-agent.sh
  hack/06-install-agent.sh --download dist/prod
  hack/06-install-agent.sh --provider smm'
OPTIONS='  --download FOLDER  where what serves the agent is rendered (default: the same as --dist)
  --provider NAME    meshferry, or smm: changes nothing, and prints what to run with the agent of the vendor
                     (default: meshferry)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
DOWNLOAD='' PROVIDER=meshferry
option() { case $1 in --download) DOWNLOAD=$2 ;; --provider) PROVIDER=$2 ;; *) return 1 ;; esac; }
begin "$@"
check_provider meshferry smm
need_cluster
need_machine_now
need_vm
node_ip=$(state node-ip)

if [ "$PROVIDER" = smm ]; then
  # shellcheck source=hack/lib/smm.sh
  source "$HACK/lib/smm.sh"
  print_smm_commands "$(state ingress-ip)" "$node_ip"
  finish 'run these, then hack/07-check.sh'
  exit
fi

# Its checksum is in git, so that what the ingress serves need not be trusted.
line=$(node -r "$ROOT/node_modules/ts-node/register/transpile-only" "$HACK/lib/install-line.ts" "${DOWNLOAD:-$DIST}") || exit 2
on_vm sh -c "$line" < /dev/null || fail 'the agent is not installed' "what stopped it stands above; the line was: $line"

agent() { on_vm meshferry-agent "$@"; }
agent set workload-group "$NAMESPACE" "$GROUP" < /dev/null
agent set node-ip "$node_ip" < /dev/null
agent set mesh --namespace "$MESH_NAMESPACE" --revision "${REVISION:-default}" --gateway-service "$GATEWAY_SERVICE" < /dev/null
# From the cluster into the agent's own file, without a stop on a disk or a command line.
kubectl -n "$NAMESPACE" create token "$AGENT_SERVICE_ACCOUNT" --duration 1h | tr -d '\r\n' | agent set bearer-token - ||
  fail "no token for the service account $NAMESPACE/$AGENT_SERVICE_ACCOUNT" "kubectl auth can-i create serviceaccounts/token -n $NAMESPACE"
# It tells its steps on standard error; here they are what the script says.
agent reconcile < /dev/null 2>&1 || fail 'the machine is not in the mesh' 'the agent took its changes back; on the machine: meshferry-agent doctor'
finish 'hack/07-check.sh'
