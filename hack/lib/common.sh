# shellcheck shell=bash
# What the scripts share: options, what was rendered, and a machine that is a container or a host reached by ssh.
# A script sets PURPOSE, EXAMPLES and NEXT, sources this file, and calls `begin "$@"`.
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

usage() {
  cat << HELP
$PURPOSE

Usage: $0 [options]${USAGE:-}

  --migration NAME   which migration, a folder in dist/ (default: analytics)
  --dist FOLDER      where it is rendered (default: dist)
  --vm VM            the machine: docker:CONTAINER or ssh:USER@HOST (default: docker:<the WorkloadGroup's name>)
${OPTIONS:-}  -h, --help         this text

Examples:
$EXAMPLES

Exit codes: 0 done, 1 not done, 2 wrong usage.
HELP
}

# Reads the options that all scripts have; a script's own go through its function `option`, which takes the name and
# the value, and returns 1 for a name that it does not know.
begin() {
  MIGRATION=analytics DIST=dist VM=
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        exit 0
        ;;
      --migration | --dist | --vm)
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        case $1 in --migration) MIGRATION=$2 ;; --dist) DIST=$2 ;; --vm) VM=$2 ;; esac
        shift 2
        ;;
      *)
        if [ $# -lt 2 ] || ! declare -F option > /dev/null || ! option "$1" "$2"; then
          usage_error "unknown option $1, or one without its value"
        fi
        shift 2
        ;;
    esac
  done
  command -v node > /dev/null || fail 'node is not there' 'install Node.js 20 or later'
  RENDERED=$DIST/$MIGRATION
  local values
  values=$(node -r "$ROOT/node_modules/ts-node/register/transpile-only" "$HACK/lib/rendered.ts" "$RENDERED") || exit 2
  eval "$values"
  : "${VM:=docker:$GROUP}"
  case $VM in docker:?* | ssh:?*) ;; *) usage_error "--vm $VM is neither docker:CONTAINER nor ssh:USER@HOST" ;; esac
  STATE=${MESHFERRY_STATE:-$ROOT/.meshferry}/${VM//[^a-zA-Z0-9.-]/_}
  (umask 077 && mkdir -p "$STATE")
}

finish() { # WHAT COMES NEXT
  printf 'Next: %s\n' "$1"
}

need() { # COMMAND...
  local command
  for command in "$@"; do
    command -v "$command" > /dev/null || fail "$command is not on the PATH" "in the lab: eval \"\$(npm run -s lab:env)\""
  done
}

vm_name() { printf '%s' "${VM#*:}"; }

# Runs a command on the machine, as root; standard input goes along. Never with a terminal: that would end each line
# that is read from it in a carriage return.
on_vm() {
  case $VM in
    docker:*) docker exec -i "$(vm_name)" "$@" ;;
    ssh:*) ssh -o BatchMode=yes "$(vm_name)" sudo -n "$(printf '%q ' "$@")" ;;
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
    ssh:*) on_vm true 2> /dev/null ;;
  esac
}

need_vm() { vm_is_there || fail "the machine $VM does not run, or cannot be reached" "start it: hack/02-start-vm.sh --vm $VM"; }

# Waits until a command succeeds.
wait_for() { # SECONDS WHAT COMMAND...
  local limit=$1 what=$2 began=$SECONDS
  shift 2
  until "$@" > /dev/null 2>&1; do
    [ $((SECONDS - began)) -lt "$limit" ] || return 1
    [ -z "$what" ] || [ $(((SECONDS - began) % 10)) -ne 9 ] || say "  still waiting for $what ($((SECONDS - began)) s)"
    sleep 0.5
  done
}

state() { # NAME: what an earlier script found out
  [ -s "$STATE/$1" ] || fail "$1 is not known for $VM yet" "collect it: hack/05-collect.sh --vm $VM"
  cat "$STATE/$1"
}

# The WorkloadEntry of the machine: its name, and whether it is healthy.
workload_entry() {
  kubectl -n "$NAMESPACE" get workloadentries -o json | jq -r --arg group "$GROUP" --arg ip "$(state node-ip)" \
    '.items[] | select(.metadata.annotations["istio.io/autoRegistrationGroup"] == $group and .spec.address == $ip) | .metadata.name' | head -n 1
}

entry_is_healthy() {
  local entry
  entry=$(workload_entry)
  [ -n "$entry" ] && [ "$(kubectl -n "$NAMESPACE" get workloadentry "$entry" -o jsonpath='{.status.conditions[?(@.type=="Healthy")].status}')" = True ]
}
