# shellcheck shell=bash
# The join with the agent of Cisco Service Mesh Manager, for those who still have one: its download is gone and its
# source is closed, so that these lines could not be run here. Its verbs are those of its public documentation.

# Prints the commands, to be run from where the script runs. The token goes in by standard input, and yet stands in the
# machine's list of processes while the agent takes it: it is known to take it as an argument only.
print_smm_commands() { # INGRESS NODE_IP
  local run
  case $VM in docker:*) run="docker exec -i $(vm_name)" ;; ssh:*) run="ssh $(vm_name) sudo -n" ;; esac
  cat << COMMANDS
$run sh -c 'curl -fsS http://$1/get/smm-agent | bash'
$run smm-agent set workload-group $NAMESPACE $GROUP
$run smm-agent set node-ip $2
$run sh -c 'smm-agent set bearer-token "\$(cat)"' < $STATE/token
$run smm-agent reconcile
COMMANDS
}
