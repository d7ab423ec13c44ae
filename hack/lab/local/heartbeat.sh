#!/bin/bash
# Asks every part whether it answers, and notes when it did: the time of the file answered/NAME.
# usage: heartbeat.sh STATE once|forever. STATE/probes has a line for each part: its name, a space, a command.
set -uo pipefail
state=$1 how=$2

round() {
  while read -r name probe; do
    { timeout 5 sh -c "$probe" > /dev/null 2>&1 < /dev/null && touch "$state/answered/$name"; } &
  done < "$state/probes"
  wait
}

round
while [ "$how" = forever ]; do
  sleep 10
  round
done
