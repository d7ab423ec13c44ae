#!/usr/bin/env bash
PURPOSE="Joins the machine to the mesh as Istio's documentation does it: istioctl writes the files, they are copied over."
EXAMPLES='  hack/06-join-by-hand.sh
  hack/06-join-by-hand.sh --package istio-sidecar.deb'
OPTIONS='  --package FILE     the Istio sidecar package for the machine (default: that of the lab, MESHFERRY_LAB_SIDECAR_PACKAGE)
  --cluster ID       cluster that the machine belongs to (default: Kubernetes)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
PACKAGE=${MESHFERRY_LAB_SIDECAR_PACKAGE:-} CLUSTER=Kubernetes
option() { case $1 in --package) PACKAGE=$2 ;; --cluster) CLUSTER=$2 ;; *) return 1 ;; esac; }
begin "$@"
need_cluster
need_machine_now
need_vm
node_ip=$(state node-ip) istiod_ip=$(state istiod-ip)

need istioctl
if on_vm test -x /usr/local/bin/pilot-agent < /dev/null; then
  done_ 'the sidecar package is installed already'
else
  [ -f "$PACKAGE" ] || fail "the sidecar package ${PACKAGE:-} is not there" 'name it with --package'
  case $PACKAGE in
    *.deb) install=(dpkg -i) suffix=deb ;;
    *.rpm) install=(rpm -U) suffix=rpm ;;
    *) usage_error "--package $PACKAGE is neither a .deb nor an .rpm" ;;
  esac
  to_vm "/var/tmp/istio-sidecar.$suffix" 0644 < "$PACKAGE"
  said=$(on_vm "${install[@]}" "/var/tmp/istio-sidecar.$suffix" < /dev/null 2>&1) || fail "the package could not be installed: $said" 'it needs iproute2, iptables, sudo and hostname'
  on_vm rm "/var/tmp/istio-sidecar.$suffix" < /dev/null
  done_ 'the sidecar package is installed'
fi

files=$(umask 077 && mktemp -d "$STATE/join.XXXXXX")
trap 'rm -rf "$files"' EXIT # what istioctl writes holds a token of its own
istioctl x workload entry configure --name "$GROUP" --namespace "$NAMESPACE" --output "$files" --clusterID "$CLUSTER" \
  --istioNamespace "$MESH_NAMESPACE" ${REVISION:+--revision "$REVISION"} \
  --autoregister --internalIP "$node_ip" --ingressIP "$istiod_ip" > "$files/said" 2>&1 || fail "istioctl could not write the files: $(cat "$files/said")"
to_vm /etc/certs/root-cert.pem 0644 istio-proxy < "$files/root-cert.pem"
to_vm /var/run/secrets/tokens/istio-token 0600 istio-proxy < "$STATE/token"
to_vm /etc/istio/config/mesh 0644 istio-proxy < "$files/mesh.yaml"
# Istio's start script sources it as root, and istioctl takes any name from the group.
node -r "$ROOT/node_modules/ts-node/register/transpile-only" "$HACK/lib/cluster-env.ts" "$files/cluster.env" > "$files/checked.env" || fail 'the WorkloadGroup says what no machine takes' 'docs/explanation/security.md tells what it may say'
to_vm /var/lib/istio/envoy/cluster.env 0644 root < "$files/checked.env"
# A container's /etc/hosts is mounted: it can be written, and not replaced.
# shellcheck disable=SC2016 # the machine's shell expands these
on_vm sh -c 'hosts=$(cat - && grep -Ev " istiod(-[^ .]+)?\.[^ ]+\.svc$" /etc/hosts) && printf "%s\n" "$hosts" > /etc/hosts' < "$files/hosts"
on_vm mkdir -p /var/lib/istio/data < /dev/null
on_vm chown -R istio-proxy /var/lib/istio /etc/certs /etc/istio /var/run/secrets < /dev/null
# Istio's start script sources files of this folder as root: istio-proxy, which runs probes, must not write them.
on_vm chown -R root /var/lib/istio/envoy < /dev/null
on_vm chown root /var/lib/istio < /dev/null
on_vm chmod 0755 /etc/certs /etc/istio/config /var/run/secrets /var/run/secrets/tokens < /dev/null
on_vm systemctl restart istio < /dev/null || fail "Istio does not start on $VM" 'on the machine: journalctl -u istio, and /var/log/istio/'
done_ "Istio runs on $VM with what istioctl wrote for the group $GROUP"

# Its entry may still say Healthy from before a restart: what counts first is that its Envoy takes connections again.
envoy_is_ready() { on_vm curl -fsS -m 2 -o /dev/null http://127.0.0.1:15021/healthz/ready < /dev/null; }
wait_for 60 'its Envoy' envoy_is_ready || fail "the Envoy of $VM does not get ready" 'on the machine: journalctl -u istio, and /var/log/istio/'
wait_for 30 'the registration' is_registered || fail 'the machine does not register' 'on the machine: journalctl -u istio, and /var/log/istio/'
done_ "registered: WorkloadEntry $(workload_entry)"
wait_for 60 'its health' entry_is_healthy || fail 'the machine does not become healthy: its service does not answer the probe of the WorkloadGroup' "on the machine: systemctl status $NAME, and /var/log/istio/istio.log"
done_ 'healthy: clients in the mesh have it as an endpoint'
finish 'hack/07-check.sh'
