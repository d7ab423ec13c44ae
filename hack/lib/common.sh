# shellcheck shell=bash
# What the scripts share: options, what was rendered, and a machine that is a container or a host reached by ssh.
# A script sets PURPOSE and EXAMPLES, and OPTIONS with a function `option` where it has options of its own; it sources
# this file and calls `begin "$@"`.
set -euo pipefail

HACK=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROOT=$(dirname "$HACK")

say() { printf '%s\n' "$*"; }
done_() { printf '✓ %s\n' "$*"; }
fail() { # MESSAGE [WHAT TO DO]
  printf '✖ %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
  exit 1
}
usage_error() {
  printf '✖ %s\n  %s --help tells more\n' "$1" "$0" >&2
  exit 2
}
finish() { # WHAT COMES NEXT
  printf 'Next: %s\n' "$1"
}

usage() {
  cat << HELP
$PURPOSE

Usage: $0 [options]

  --migration NAME   which migration, a folder in dist/ (default: analytics)
  --dist FOLDER      where it is rendered (default: MESHFERRY_DIST, which lab:env sets, or else dist)
  --vm VM            the machine: docker:CONTAINER or ssh:USER@HOST (default: docker:<the WorkloadGroup's name>)
${OPTIONS:-}  -h, --help         this text

Examples:
$EXAMPLES

Exit codes: 0 done, 1 not done, 2 wrong usage.
HELP
}

# Reads the options that all scripts have; a script's own go through its function `option`, which takes the name and
# the value, and returns 1 for a name that it does not know. Then reads what was rendered (hack/lib/rendered.ts).
begin() {
  local migration=analytics values
  DIST=${MESHFERRY_DIST:-dist} VM=
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        exit 0
        ;;
      -*) [ $# -ge 2 ] || usage_error "$1 is unknown, or needs a value" ;;
      *) usage_error "$1 is not an option" ;;
    esac
    case $1 in
      --migration) migration=$2 ;;
      --dist) DIST=$2 ;;
      --vm) VM=$2 ;;
      *) { declare -F option > /dev/null && option "$1" "$2"; } || usage_error "unknown option $1" ;;
    esac
    shift 2
  done
  command -v node > /dev/null || fail 'node is not there' 'install Node.js 20 or later'
  RENDERED=$DIST/$migration
  values=$(node -r "$ROOT/node_modules/ts-node/register/transpile-only" "$HACK/lib/rendered.ts" "$RENDERED") || exit 2
  eval "$values"
  : "${VM:=docker:$GROUP}"
  case $VM in docker:?* | ssh:?*) ;; *) usage_error "--vm $VM is neither docker:CONTAINER nor ssh:USER@HOST" ;; esac
  STATE=${MESHFERRY_STATE:-$ROOT/.meshferry}/${VM//[^a-zA-Z0-9.-]/_}
  (umask 077 && mkdir -p "$STATE")
}

need() { # COMMAND...
  local command
  for command in "$@"; do
    command -v "$command" > /dev/null || fail "$command is not on the PATH" "in the lab: eval \"\$(npm run -s lab:env)\""
  done
}

need_cluster() {
  local said
  need kubectl jq
  said=$(kubectl get --raw /readyz --request-timeout 10s 2>&1) ||
    fail "no cluster answers: ${said%%$'\n'*}" "kubectl config current-context says which is asked; for the lab: npm run lab:up, then eval \"\$(npm run -s lab:env)\""
}

need_machine_now() {
  [ -n "$MACHINE_NOW" ] || fail "the current phase of $NAME has no machine in the mesh" 'move the migration to one that has (docs/reference/phases.md), render it, and apply it: hack/01-onboard.sh'
}

vm_name() { printf '%s' "${VM#*:}"; }

# Runs a command on the machine, as root; standard input goes along. Never with a terminal: that would end each line
# that is read from it in a carriage return.
on_vm() {
  case $VM in
    docker:*) docker exec -i "$(vm_name)" "$@" ;;
    ssh:*) ssh -o BatchMode=yes -o ConnectTimeout=10 "$(vm_name)" "sudo -n $(printf '%q ' "$@")" ;;
  esac
}

# Writes standard input to a file on the machine, whole or not at all. It goes in by standard input, so that nothing
# of it stands in a list of processes.
to_vm() { # PATH MODE [OWNER]
  # shellcheck disable=SC2016 # the machine's shell expands these
  on_vm sh -c 'umask 077 && mkdir -p "$(dirname "$1")" && cat > "$1.new" && chmod "$2" "$1.new" && { [ -z "$3" ] || chown "$3" "$1.new"; } && mv "$1.new" "$1"' sh "$1" "$2" "${3:-}"
}

vm_is_there() {
  case $VM in
    docker:*) [ "$(docker inspect -f '{{.State.Running}}' "$(vm_name)" 2> /dev/null)" = true ] ;;
    ssh:*) on_vm true < /dev/null 2> /dev/null ;;
  esac
}

need_vm() {
  case $VM in docker:*) need docker ;; ssh:*) need ssh ;; esac
  vm_is_there && return
  case $VM in
    docker:*) fail "the machine $VM does not run" "start it: hack/02-start-vm.sh --vm $VM" ;;
    ssh:*) fail "the machine $VM cannot be reached as root" "try it: ssh -o BatchMode=yes $(vm_name) sudo -n true" ;;
  esac
}

# Waits until a command succeeds.
wait_for() { # SECONDS WHAT COMMAND...
  local limit=$1 what=$2 began=$SECONDS told=0
  shift 2
  until "$@" > /dev/null 2>&1; do
    [ $((SECONDS - began)) -lt "$limit" ] || return 1
    if [ -n "$what" ] && [ $((SECONDS - began)) -ge $((told + 10)) ]; then
      told=$((SECONDS - began))
      say "  still waiting for $what ($told s)"
    fi
    sleep 0.5
  done
}

# First line of a unit that 03-install-service.sh wrote: one without it is somebody's own.
UNIT_MARK='# written by hack/03-install-service.sh'
service_is_foreign() {
  # shellcheck disable=SC2016 # the machine's shell expands these
  on_vm sh -c 'unit=$(systemctl show -p FragmentPath --value "$1") && [ -n "$unit" ] && ! grep -qxF "$2" "$unit"' sh "$NAME.service" "$UNIT_MARK" < /dev/null
}

state() { # NAME: what an earlier script found out
  [ -s "$STATE/$1" ] || fail "$1 is not known for $VM yet" "collect it: hack/05-collect.sh --vm $VM"
  cat "$STATE/$1"
}

# Address of a Service of type LoadBalancer; a name is resolved, since a hosts file takes addresses only. Empty where it
# has none.
load_balancer() { # NAMESPACE SERVICE
  local address
  address=$(kubectl -n "$1" get service "$2" -o json 2> /dev/null | jq -r '.status.loadBalancer.ingress[0] | .ip // .hostname // empty') || return 0
  if [[ $address =~ ^[0-9.]*$ || $address == *:* ]]; then
    printf '%s' "$address"
  else
    getent ahostsv4 "$address" | awk 'NR == 1 { print $1 }'
  fi
}
gateway_address() { load_balancer "$MESH_NAMESPACE" "$GATEWAY_SERVICE"; }

check_provider() { # ONE OTHER: what $PROVIDER may be
  case $PROVIDER in "$1" | "$2") ;; *) usage_error "--provider $PROVIDER is neither $1 nor $2" ;; esac
}

# Port of the machine's first http service; empty where it has none.
http_port() { tr ' ' '\n' <<< "$PORTS" | sed -n 's/^http[^=]*=//p' | head -n 1; }

# Where clients call the service by http: its host, and the Service's port, which need not be the machine's.
service_url() {
  local port
  port=$(kubectl -n "$NAMESPACE" get service "${SERVICE_HOST%%.*}" -o json | jq -r '[.spec.ports[] | select(.name // "" | test("^http($|-)"))][0].port // empty') || return 1
  [ -z "$port" ] || printf 'http://%s:%s/' "$SERVICE_HOST" "$port"
}

# Name of the machine's WorkloadEntry; empty where it has none.
workload_entry() {
  kubectl -n "$NAMESPACE" get workloadentries -o json | jq -r --arg group "$GROUP" --arg ip "$(state node-ip)" \
    '[.items[] | select(.metadata.annotations["istio.io/autoRegistrationGroup"] == $group and .spec.address == $ip) | .metadata.name][0] // empty'
}

is_registered() { [ -n "$(workload_entry)" ]; }

entry_is_healthy() {
  local entry
  entry=$(workload_entry)
  [ -n "$entry" ] && [ "$(kubectl -n "$NAMESPACE" get workloadentry "$entry" -o jsonpath='{.status.conditions[?(@.type=="Healthy")].status}')" = True ]
}

# Whether the Envoy of a client has the machine among the service's endpoints. What the API says of an entry is not
# yet what a client does.
is_endpoint() { # NAMESPACE/POD
  local clusters
  clusters=$(kubectl -n "${1%/*}" exec "${1#*/}" -c istio-proxy -- pilot-agent request GET clusters) || return 1
  grep -qE "^outbound\|[^:]*\|${SERVICE_HOST//./\\.}::$(state node-ip | sed 's/\./\\./g'):" <<< "$clusters"
}
