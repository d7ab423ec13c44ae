#!/bin/bash
# Runs a command in a lab, as if it had been started there: same network, mounts, processes and cgroups.
# Inside the lab it only runs the command.
# usage: enter.sh STATE COMMAND [ARGUMENT…]
set -euo pipefail
state=$1
if [ "${MESHFERRY_LAB_INSIDE:-}" = "$state" ]; then exec "${@:2}"; fi
if [ "$(id -u)" -ne 0 ]; then exec sudo --preserve-env bash "$0" "$@"; fi
shift
# shellcheck source=hack/lab/local/first-process.sh
. "$(dirname "$0")/first-process.sh"
while read -r group; do echo $$ > "$group/cgroup.procs"; done < "$state/cgroups"
export MESHFERRY_LAB_INSIDE=$state
# the folder is entered again inside: the one from before belongs to the mounts outside
# shellcheck disable=SC2016 # the inner shell expands these
exec nsenter --target "$first" --mount --net --pid --uts --ipc --cgroup \
  sh -c 'cd "$0" 2>/dev/null || cd /; exec "$@"' "$PWD" "$@"
