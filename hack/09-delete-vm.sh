#!/usr/bin/env bash
PURPOSE='Takes the machine out of the mesh without dropping a request, and deletes it where it is a container.'
EXAMPLES='  hack/09-delete-vm.sh
  hack/09-delete-vm.sh --vm ssh:admin@192.0.2.7'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
begin "$@"
need kubectl jq
if ! vm_is_there; then
  done_ "$VM is gone already"
else
  # The service first: clients see it leave while its Envoy still answers for it.
  on_vm systemctl stop "$MIGRATION" 2> /dev/null || true
  on_vm systemctl disable --quiet "$MIGRATION" 2> /dev/null || true
  on_vm systemctl stop istio 2> /dev/null || true
  case $VM in
    docker:*)
      docker rm -f "$(vm_name)" > /dev/null
      done_ "$(vm_name) is deleted"
      ;;
    ssh:*) done_ "Istio and $MIGRATION are stopped on $(vm_name); the host is left alone" ;;
  esac
fi
if [ -s "$STATE/node-ip" ]; then
  is_gone() { [ -z "$(workload_entry)" ]; }
  wait_for 60 'its WorkloadEntry to go' is_gone || fail "the WorkloadEntry $(workload_entry) stays" "istiod removes it 10 s after the connection ends; delete it by hand: kubectl -n $NAMESPACE delete workloadentry $(workload_entry)"
fi
rm -rf "$STATE"
done_ 'the machine is gone from the mesh'
