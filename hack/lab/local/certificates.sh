#!/bin/bash
# Makes the cluster's own authority and what it signs. usage: certificates.sh FOLDER NODE_ADDRESS SERVICE_ADDRESS
set -euo pipefail
umask 077
mkdir -p "$1"
cd "$1"
node=$2 service=$3

new_key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1.key"; }
# certificate NAME SUBJECT EXTENSIONS
certificate() {
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 \
    -extfile <(printf '%s\n' "$3") -out "$1.crt" 2> /dev/null
  rm "$1.csr"
}

new_key ca
openssl req -x509 -new -key ca.key -days 365 -subj /CN=meshferry-lab -out ca.crt
new_key service-accounts
openssl pkey -in service-accounts.key -pubout -out service-accounts.pub

client=extendedKeyUsage=clientAuth
names=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
certificate apiserver /CN=kube-apiserver "subjectAltName=$names,DNS:localhost,IP:127.0.0.1,IP:$node,IP:$service"
certificate apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client "$client"
certificate admin /O=system:masters/CN=admin "$client"
certificate controller-manager /CN=system:kube-controller-manager "$client"
certificate scheduler /CN=system:kube-scheduler "$client"
certificate proxy /CN=system:kube-proxy "$client"
certificate kubelet /O=system:nodes/CN=system:node:lab "extendedKeyUsage=clientAuth,serverAuth
subjectAltName=DNS:lab,IP:$node,IP:127.0.0.1"
