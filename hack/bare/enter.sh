#!/bin/bash
# Makes a root file system the root of this mount namespace, and runs a command there in the clone of the repository.
# usage: enter.sh ROOT FROM:TO[:rw]… -- COMMAND
set -euo pipefail
root=$1
shift

mount --make-rprivate /
mount --bind "$root" "$root"
while [ "$1" != -- ]; do
  IFS=: read -r from to mode <<< "$1"
  from=$(readlink -f "$from")
  if [ -d "$from" ]; then mkdir -p "$root$to"; else
    mkdir -p "$(dirname "$root$to")"
    rm -f "$root$to" # a link would lead out of the root
    touch "$root$to"
  fi
  mount --bind "$from" "$root$to"
  [ "${mode:-}" = rw ] || mount -o remount,bind,ro "$root$to"
  shift
done
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"

mkdir -p "$root/mnt/before"
pivot_root "$root" "$root/mnt/before"
cd /root/meshferry
umount --lazy /mnt/before
exec bash -o pipefail -ec "$2"
