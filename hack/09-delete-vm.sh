#!/usr/bin/env bash
PURPOSE='Takes the machine out of the mesh, lets its open requests end, and deletes it where it is a container.'
EXAMPLES='  hack/09-delete-vm.sh
  hack/09-delete-vm.sh --vm ssh:admin@192.0.2.7'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
begin "$@"
need_cluster

delete_entry() {
  local entry
  entry=$(workload_entry)
  [ -z "$entry" ] || kubectl -n "$NAMESPACE" delete workloadentry "$entry" > /dev/null
}
known() { [ -s "$STATE/node-ip" ]; }
# Requests that the machine's Envoy works on; none where it does not run.
open_requests() {
  { on_vm curl -fsS -m 2 'http://127.0.0.1:15000/stats?usedonly&filter=^http\.inbound_.*downstream_rq_active$' < /dev/null 2> /dev/null || true; } | awk '{ sum += $2 } END { print sum + 0 }'
}
is_idle() { # twice, a second apart: the first answer may be from before clients were told
  [ "$(open_requests)" = 0 ] && sleep 1 && [ "$(open_requests)" = 0 ]
}

if ! vm_is_there; then
  done_ "$VM does not run, or is gone already"
else
  # An agent would see to it that the machine stays in the mesh.
  on_vm systemctl disable --now --quiet meshferry-agent < /dev/null 2> /dev/null || true
  if known && is_registered; then
    # Its entry first: clients stop sending while it still answers. istiod does not make it anew on a connection that
    # goes on.
    delete_entry
    sleep 2
    wait_for 30 'open requests' is_idle || say "! $(open_requests) requests are open still, and will be cut"
    done_ 'clients have let go of it, and no request is open'
  fi
  on_vm systemctl disable --now --quiet istio < /dev/null 2> /dev/null || true
  case $VM in
    docker:*)
      docker rm -f "$(vm_name)" > /dev/null
      done_ "$(vm_name) is deleted"
      ;;
    ssh:*)
      if on_vm test -x /usr/local/bin/meshferry-agent < /dev/null; then
        on_vm meshferry-agent uninstall < /dev/null || fail "the agent could not put $(vm_name) back as it was" 'on the machine: meshferry-agent uninstall'
      fi
      done_ "Istio is stopped on $(vm_name); the host and its service are left as they are"
      ;;
  esac
fi
if known; then
  is_gone() { ! is_registered; }
  # An entry may come back for the moment between its deletion and the end of the connection.
  wait_for 30 'its WorkloadEntry to go' is_gone || delete_entry
  is_gone || fail "the WorkloadEntry $(workload_entry) stays" "delete it by hand: kubectl -n $NAMESPACE delete workloadentry $(workload_entry)"
fi
rm -rf "$STATE"
done_ 'the machine is gone from the mesh'
