#!/bin/bash
# Starts a program of the lab in the background, unless it runs already. Runs inside the lab.
# usage: spawn.sh STATE NAME COMMAND [ARGUMENT…]
set -euo pipefail
state=$1 name=$2
shift 2
pidfile=$state/run/$name.pid
if [ -e "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null; then exit 0; fi
# shellcheck disable=SC2016 # the inner shell expands these
setsid sh -c 'echo $$ > "$0"; exec "$@"' "$pidfile" "$@" < /dev/null >> "$state/logs/$name.log" 2>&1 &
