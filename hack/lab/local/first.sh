#!/bin/bash
# The first process inside a lab's namespaces: makes them a small machine, then adopts and reaps whatever runs.
# When it is killed, the kernel ends everything else in here and drops the mounts and the network with it.
# usage: first.sh STATE NAME
set -euo pipefail
state=$1 name=$2

mount --make-rprivate /
hostname "$name"

# what runs in here keeps its sockets and records under /run, /var/lib and /var/log: none of it is the host's
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/lab/state /run/netns
mount --bind "$state" /run/lab/state
# as podman would make it with its first container: the networks of pods from before would then be mounted twice, and
# such a pod could not be removed
mount --bind /run/netns /run/netns
mount --make-rshared /run/netns
for folder in /var/lib /var/log; do
  layer=/run/lab/layers$folder
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay -o "lowerdir=$folder,upperdir=$layer/upper,workdir=$layer/work" overlay "$folder"
done
# the state folder may be below one of them; it stays the real one
mount --bind /run/lab/state "$state"

# /sys of this network, and cgroups that begin at the lab's own
hierarchies=$(findmnt --raw --noheadings --types cgroup,cgroup2 --output TARGET,FSTYPE,OPTIONS)
mount -t sysfs sysfs /sys
case $hierarchies in
  *' cgroup '*) mount -t tmpfs -o mode=0755 tmpfs /sys/fs/cgroup ;;
esac
while read -r target type options; do
  mkdir -p "$target"
  if [ "$type" = cgroup2 ]; then
    mount -t cgroup2 cgroup2 "$target"
    read -ra controllers < "$target/cgroup.controllers" || true
    for controller in "${controllers[@]}"; do
      echo "+$controller" > "$target/cgroup.subtree_control" 2>/dev/null || true
    done
  else
    # of all the options only the controllers' names say which hierarchy it is
    wanted=$(tr ',' '\n' <<< "$options" | grep --line-regexp --file <(cut -f 1 /proc/cgroups; echo 'name=.*') | paste -sd ,)
    case $wanted in name=*) wanted=none,$wanted ;; esac
    mount -t cgroup -o "$wanted" cgroup "$target"
  fi
done <<< "$hierarchies"

# A network with nothing outside. The default route makes addresses that only iptables knows reachable: without
# one they would be refused before iptables sees them.
ip link set lo up
ip link add lab0 type bridge
ip address add "$LAB_NODE_ADDRESS/24" dev lab0
ip link set lab0 up
ip route add default dev lab0
sysctl --quiet --write net.ipv4.ip_forward=1

# From isolated networks pods and Services cannot be called; marked before any address is rewritten, so that what
# goes to a load balancer's address passes.
for network in $LAB_ISOLATED; do
  for target in $LAB_UNREACHABLE; do
    iptables --table mangle --append PREROUTING --source "$network" --destination "$target" \
      --match conntrack --ctstate NEW --jump DROP
  done
done

touch "$state/ready"
# bash reaps what it waits for and every orphan that it is handed
while :; do
  sleep 3600 &
  wait $! || true
done
