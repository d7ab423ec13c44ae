#!/bin/bash
# Gives every Service of type LoadBalancer an address: the one it asks for, or the next free one. kube-proxy does
# the rest, for calls from the VMs' networks too. usage: load-balancer.sh PREFIX (the first three numbers)
set -uo pipefail
prefix=$1
fields='{.metadata.namespace} {.metadata.name} {.spec.type} {.spec.loadBalancerIP}|{.status.loadBalancer.ingress[0].ip}{"\n"}'

free_address() {
  local taken
  taken=$(kubectl get services --all-namespaces \
    --output jsonpath='{range .items[*]}{.status.loadBalancer.ingress[*].ip} {.spec.loadBalancerIP} {end}')
  for last in $(seq 10 250); do
    case " $taken " in *" $prefix.$last "*) ;; *) echo "$prefix.$last"; return ;; esac
  done
}

while :; do
  kubectl get services --all-namespaces --watch --output jsonpath="$fields" |
    while read -r namespace name type addresses; do
      wanted=${addresses%%|*} given=${addresses##*|}
      if [ "$type" != LoadBalancer ] || [ -n "$given" ]; then continue; fi
      address=${wanted:-$(free_address)}
      # on an interface, so that a port nobody serves is refused at once
      ip address replace "$address/32" dev lab0
      kubectl --namespace "$namespace" patch service "$name" --subresource status --type merge \
        --patch "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"$address\"}]}}}"
    done
  sleep 1 # the API server ends watches now and then
done
