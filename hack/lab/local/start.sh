#!/bin/bash
# Starts a lab's first process in namespaces of its own and prints two pids: that of unshare, and its own.
# usage: start.sh STATE NAME
set -euo pipefail
state=$1 name=$2
here=$(cd "$(dirname "$0")" && pwd)

# A cgroup of the lab's own in every hierarchy; where they are is kept for those that enter later.
: > "$state/cgroups"
findmnt --raw --noheadings --types cgroup,cgroup2 --output TARGET,FSTYPE | while read -r target type; do
  top=$target/meshferry-lab
  mkdir -p "$top"
  if [ -e "$top/cpuset.cpus" ] && [ "$type" = cgroup ]; then
    # a cpuset that names no cores takes no process
    cat "$target/cpuset.cpus" > "$top/cpuset.cpus"
    cat "$target/cpuset.mems" > "$top/cpuset.mems"
    echo 1 > "$top/cgroup.clone_children"
  fi
  mkdir -p "$top/$name"
  if [ "$type" = cgroup ]; then
    echo "$top/$name" >> "$state/cgroups"
  else
    # a group of version 2 that has children with controllers takes no process itself: ours go one deeper
    for group in "$target" "$top"; do
      read -ra controllers < "$group/cgroup.controllers" || true
      for controller in "${controllers[@]}"; do
        echo "+$controller" > "$group/cgroup.subtree_control" 2>/dev/null || true
      done
    done
    mkdir -p "$top/$name/first"
    echo "$top/$name/first" >> "$state/cgroups"
  fi
done

(
  while read -r group; do echo "$BASHPID" > "$group/cgroup.procs"; done < "$state/cgroups"
  exec setsid unshare --mount --net --pid --uts --ipc --cgroup --fork --kill-child --mount-proc \
    bash "$here/first.sh" "$state" "$name"
) < /dev/null > "$state/logs/first.log" 2>&1 &
outer=$!

for _ in $(seq 100); do
  if [ -e "$state/ready" ]; then
    echo "$outer $(pgrep --parent "$outer" | head -n 1)"
    exit 0
  fi
  kill -0 "$outer" 2>/dev/null || break
  sleep 0.05
done
echo "the lab's first process did not come up:" >&2
cat "$state/logs/first.log" >&2
exit 1
