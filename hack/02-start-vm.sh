#!/usr/bin/env bash
PURPOSE='Starts the machine: a container under systemd. A host reached by ssh is looked at only.'
EXAMPLES='  hack/02-start-vm.sh
  hack/02-start-vm.sh --vm docker:vm2 --network isolated
  hack/02-start-vm.sh --vm ssh:admin@192.0.2.7'
OPTIONS='  --image IMAGE      image with systemd as its command (default: that of the lab, MESHFERRY_LAB_VM_IMAGE)
  --network NETWORK  docker network of the container (default: kind)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
IMAGE=${MESHFERRY_LAB_VM_IMAGE:-} DOCKER_NETWORK=kind
option() { case $1 in --image) IMAGE=$2 ;; --network) DOCKER_NETWORK=$2 ;; *) return 1 ;; esac; }
begin "$@"

if [[ $VM == docker:* ]]; then
  need docker
  if vm_is_there; then
    done_ "$(vm_name) runs already"
  elif docker inspect "$(vm_name)" > /dev/null 2>&1; then
    docker start "$(vm_name)" > /dev/null || fail "$(vm_name) is there and does not start" "look: docker logs $(vm_name); or start anew: docker rm $(vm_name)"
    done_ "$(vm_name) is started again"
  else
    [ -n "$IMAGE" ] || fail 'no image is given' "name one with --image; in the lab: eval \"\$(npm run -s lab:env)\""
    docker run -d --name "$(vm_name)" --hostname "$(vm_name)" --privileged --cgroupns=host --network="$DOCKER_NETWORK" \
      --tmpfs /tmp --tmpfs /run --tmpfs /run/lock -v /sys/fs/cgroup:/sys/fs/cgroup "$IMAGE" > /dev/null ||
      fail "$(vm_name) cannot be started" 'what docker said stands above'
    done_ "$(vm_name) is started"
  fi
fi
need_vm
is_up() { case $(on_vm systemctl is-system-running < /dev/null) in running | degraded) ;; *) return 1 ;; esac; }
wait_for 60 'systemd' is_up || fail "systemd on $VM does not come up" 'look at it: systemctl list-jobs, on the machine'
done_ "systemd runs on $VM"
finish 'hack/03-install-service.sh'
