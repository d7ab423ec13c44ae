#!/bin/bash
# Runs a client in a lab's network and otherwise here: it stays this shell's own process, with this shell's files.
# usage: enter-network.sh STATE COMMAND [ARGUMENT…]
set -euo pipefail
state=$1
if [ "${MESHFERRY_LAB_INSIDE:-}" = "$state" ]; then exec "${@:2}"; fi
if [ "$(id -u)" -ne 0 ]; then exec sudo --preserve-env bash "$0" "$@"; fi
shift
# shellcheck source=hack/lab/local/first-process.sh
. "$(dirname "$0")/first-process.sh"
exec nsenter --target "$first" --net "$@"
