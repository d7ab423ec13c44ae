import { NAMESPACE } from '../migration';

/** Something that is broken on purpose, and how the check names it. */
export interface Break {
  readonly name: string;
  /** What the line of the first broken part says. */
  readonly says: RegExp;
  /** kubectl's arguments, a script on the machine, or an object to apply. */
  readonly make: readonly Change[];
  /** Takes it back; what is rendered is applied again anyway, and objects that were added are deleted. */
  readonly mend?: readonly Change[];
  /** More options of the check. @default --ssh, to ask the machine */
  readonly options?: readonly string[];
}

/** One change of the cluster or the machine. */
export type Change =
  | { readonly kubectl: readonly string[] }
  | { readonly machine: string }
  | { readonly add: Added };

/** An object that no migration renders. */
export interface Added {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly spec: object;
}

/** A DNS name that callers use for the VM. */
export const ALIAS = 'analytics.corp.example';
/** A pod without a sidecar. */
export const PLAIN = 'plain';
/** A certificate on the machine that has expired. */
export const EXPIRED = '/root/expired.pem';
/** What a process of the machine is connected to, and pods may not be: here the ingress gateway, for a database. */
const DATABASE = { address: '10.87.1.1', port: 80 };

const NETWORKING = 'networking.istio.io/v1';
const SECURITY = 'security.istio.io/v1';
const json = (kind: string, ...operations: object[]): Change => ({
  kubectl: ['patch', kind, 'analytics', '-n', NAMESPACE, '--type=json', '-p', JSON.stringify(operations)],
});
const put = (path: string, value: unknown) => ({ op: 'replace', path, value });
const add = (
  apiVersion: string,
  kind: string,
  name: string,
  spec: object,
  metadata: object = {},
): Change => ({
  add: { apiVersion, kind, metadata: { ...metadata, name, namespace: NAMESPACE }, spec },
});
const POLICY = 'networking.k8s.io/v1';
const HOST = `analytics.${NAMESPACE}.svc.cluster.local`;
const OTHERS = { from: [{ source: { principals: ['cluster.local/ns/shop/sa/checkout'] } }] };
const WITHOUT_MACHINE: readonly string[] = [];
const EASTWEST = ['service', 'istio-eastwestgateway', '-n', 'istio-system'];
/** The third port of the gateway is istiod's. */
const istiodPort = (port: number): Change => ({
  kubectl: ['patch', ...EASTWEST, '--type=json', '-p', JSON.stringify([put('/spec/ports/2/port', port)])],
});

/** Istio writes its rules with one of the two. */
const eachKind = (script: string) => `for kind in iptables-nft iptables-legacy; do ${script}; done`;

/** On the way that both sides share. */
const SHARED: readonly Break[] = [
  {
    name: 'a caller without a sidecar',
    says: /^✖ caller: smm-demo\/plain has no sidecar: Kubernetes sends it to pods alone/,
    make: [],
    options: ['--from', `${NAMESPACE}/${PLAIN}`],
  },
  {
    name: 'STRICT against a plain caller',
    says: /^✖ caller: smm-demo\/plain has no sidecar and calls in plain text, and PeerAuthentication smm-demo\/strict/,
    make: [add(SECURITY, 'PeerAuthentication', 'strict', { mtls: { mode: 'STRICT' } })],
    options: ['--from', `${NAMESPACE}/${PLAIN}`],
  },
  {
    name: 'no Service',
    says: /^✖ name: there is no Service smm-demo\/analytics/,
    make: [{ kubectl: ['delete', 'service', 'analytics', '-n', NAMESPACE] }],
  },
  {
    name: 'a Service without a declared port',
    says: /^✖ name: Service smm-demo\/analytics has no port 8080 \(http\)/,
    make: [json('service', put('/spec/ports/0/port', 8090))],
    mend: [{ kubectl: ['delete', 'service', 'analytics', '-n', NAMESPACE] }],
  },
  {
    name: 'an alias without a ServiceEntry',
    says: /^✖ name: no ServiceEntry has the alias analytics\.corp\.example/,
    make: [{ kubectl: ['delete', 'serviceentries', '--all', '-n', NAMESPACE] }],
  },
  {
    name: 'a Sidecar that hides the host',
    says: /^✖ visibility: Sidecar smm-demo\/narrow hides analytics\.smm-demo/,
    make: [add(NETWORKING, 'Sidecar', 'narrow', { egress: [{ hosts: ['istio-system/*'] }] })],
  },
  {
    name: 'a Service that is not exported',
    says: /^✖ visibility: the annotation networking\.istio\.io\/exportTo of Service smm-demo\/analytics/,
    make: [
      { kubectl: ['annotate', 'service', 'analytics', '-n', NAMESPACE, 'networking.istio.io/exportTo=shop'] },
    ],
    mend: [
      { kubectl: ['annotate', 'service', 'analytics', '-n', NAMESPACE, 'networking.istio.io/exportTo-'] },
    ],
  },
  {
    name: 'no VirtualService',
    says: /^✖ route: there is no VirtualService for analytics\.smm-demo/,
    make: [{ kubectl: ['delete', 'virtualservice', 'analytics', '-n', NAMESPACE] }],
  },
  {
    name: 'a VirtualService for gateways alone',
    says: /^✖ route: VirtualService smm-demo\/analytics is for gateways alone/,
    make: [json('virtualservice', { op: 'add', path: '/spec/gateways', value: ['istio-system/ingress'] })],
    mend: [json('virtualservice', { op: 'remove', path: '/spec/gateways' })],
  },
  {
    name: 'two VirtualServices for one host',
    says: /^✖ route: VirtualService smm-demo\/analytics and VirtualService smm-demo\/other both route/,
    make: [
      add(NETWORKING, 'VirtualService', 'other', {
        hosts: [HOST],
        http: [{ route: [{ destination: { host: HOST, port: { number: 8080 } } }] }],
      }),
    ],
  },
  {
    name: 'a weight for a missing subset',
    says: /^✖ route: VirtualService smm-demo\/analytics sends to subset v0, which no DestinationRule of the host has/,
    make: [json('destinationrule', put('/spec/subsets/0/name', 'vm'))],
  },
  {
    name: 'weights that are not those of git',
    says: /^✖ git: the routes are not those of shift-50: VirtualService spec\.http\[0\]\.route\[v0\]\.weight is 90/,
    make: [
      json('virtualservice', put('/spec/http/0/route/0/weight', 90), put('/spec/http/0/route/1/weight', 10)),
    ],
  },
];

/** On the way to the VM. */
const VM: readonly Break[] = [
  {
    name: 'a subset without labels',
    says: /^✖ VM, subset: subset v0 of DestinationRule smm-demo\/analytics has no labels/,
    make: [json('destinationrule', { op: 'remove', path: '/spec/subsets/0/labels' })],
  },
  {
    name: 'a subset with the wrong labels',
    says: /^✖ VM, subset: subset v0 of .* selects version=v9, and the machines have app=analytics, version=v0/,
    make: [json('destinationrule', put('/spec/subsets/0/labels/version', 'v9'))],
  },
  {
    name: 'a Service that selects nothing',
    says: /^✖ VM, selection: Service smm-demo\/analytics selects app=analytic, and WorkloadGroup/,
    make: [json('service', put('/spec/selector', { app: 'analytic' }))],
  },
  {
    name: 'a targetPort by an unknown name',
    says: /^✖ VM, port: targetPort web of port 8080 of Service smm-demo\/analytics is the name of no port/,
    make: [json('service', put('/spec/ports/0/targetPort', 'web'))],
  },
  {
    name: 'a stale entry',
    says: /^✖ VM, network: WorkloadEntry smm-demo\/stale is stale: nothing answers at 10\.90\.0\.250:8080/,
    make: [
      add(NETWORKING, 'WorkloadEntry', 'stale', {
        address: '10.90.0.250',
        labels: { app: 'analytics', version: 'v0' },
        network: 'network1',
        ports: { http: 8080, grpc: 8082, tcp: 8083 },
        serviceAccount: 'default',
      }),
    ],
  },
  {
    name: 'a NetworkPolicy of the caller',
    says: /^✖ VM, network: NetworkPolicy smm-demo\/pods-only keeps the caller from 10\.90\./,
    make: [
      add(POLICY, 'NetworkPolicy', 'pods-only', {
        podSelector: { matchLabels: { app: 'client' } },
        policyTypes: ['Egress'],
        egress: [{ to: [{ namespaceSelector: {} }] }],
      }),
    ],
  },
  {
    name: 'plain text towards STRICT',
    says: /^✖ VM, mutual TLS: DestinationRule smm-demo\/analytics has callers speak DISABLE, and PeerAuthentication smm-demo\/analytics/,
    make: [
      json('peerauthentication', put('/spec/mtls/mode', 'STRICT')),
      json('destinationrule', { op: 'add', path: '/spec/trafficPolicy/tls', value: { mode: 'DISABLE' } }),
    ],
    mend: [json('destinationrule', { op: 'remove', path: '/spec/trafficPolicy/tls' })],
  },
  {
    name: 'an AuthorizationPolicy that denies',
    says: /^✖ VM, access: AuthorizationPolicy smm-demo\/deny denies smm-demo\/client/,
    make: [
      add(SECURITY, 'AuthorizationPolicy', 'deny', {
        selector: { matchLabels: { app: 'analytics', version: 'v0' } },
        action: 'DENY',
        rules: [{ from: [{ source: { namespaces: [NAMESPACE] } }] }],
      }),
    ],
  },
  {
    name: 'an AuthorizationPolicy that allows others',
    says: /^✖ VM, access: AuthorizationPolicy smm-demo\/others allows others, and not smm-demo\/client/,
    make: [add(SECURITY, 'AuthorizationPolicy', 'others', { action: 'ALLOW', rules: [OTHERS] })],
  },
];

/** On the machine itself. */
const MACHINE: readonly Break[] = [
  {
    name: 'a stopped service',
    says: /^✖ VM, machine: service: nothing listens on the declared ports/,
    make: [{ machine: 'systemctl stop analytics' }],
    mend: [{ machine: 'systemctl start analytics' }],
  },
  {
    name: 'a stopped service, without asking the machine',
    says: /^✖ VM, endpoint: analytics-v0-[\d.]+-network1 is not Healthy/,
    make: [{ machine: 'systemctl stop analytics' }],
    mend: [{ machine: 'systemctl start analytics' }],
    options: WITHOUT_MACHINE,
  },
  {
    name: 'rules of iptables that are lost',
    says: /^✖ VM, machine: capture: iptables does not hand port .*8080 \(http\).* to Istio/,
    make: [{ machine: eachKind('$kind-save -t nat > /root/nat.$kind; $kind -t nat -F') }],
    mend: [{ machine: eachKind('$kind-restore -T nat < /root/nat.$kind') }],
  },
  {
    name: 'a container that has the port published',
    says: /^✖ VM, machine: containers: a container has the declared port 8080 \(http\) published/,
    make: [
      {
        machine: 'iptables -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:8080',
      },
    ],
    mend: [
      {
        machine: 'iptables -t nat -D PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:8080',
      },
    ],
  },
  {
    name: 'an expired certificate',
    says: /^✖ VM, machine: certificate: the certificate of this machine expired at \d{4}-/,
    make: [
      {
        machine: `cp -p /etc/certs/cert-chain.pem /root/chain.pem; cp ${EXPIRED} /etc/certs/cert-chain.pem`,
      },
    ],
    mend: [{ machine: 'cp -p /root/chain.pem /etc/certs/cert-chain.pem' }],
  },
  {
    name: 'a clock that is an hour ahead',
    says: /^✖ VM, machine: clock: this machine's clock is 3[56]\d\d s ahead of the API server's/,
    make: [
      {
        machine: `mv /usr/local/bin/meshferry-agent /root/meshferry-agent
          printf '#!/bin/sh\\nexec env LD_PRELOAD=/root/libfaketime.so.1 FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1 /root/meshferry-agent "$@"\\n' > /usr/local/bin/meshferry-agent
          chmod 755 /usr/local/bin/meshferry-agent`,
      },
    ],
    mend: [{ machine: 'mv /root/meshferry-agent /usr/local/bin/meshferry-agent' }],
  },
  {
    name: 'a token that is refused',
    says: /^✖ VM, machine: (sign-in|mesh): .*token/,
    make: [
      { machine: 'cp -p /etc/meshferry/bearer-token /root/token; echo wrong > /etc/meshferry/bearer-token' },
    ],
    mend: [{ machine: 'cp -p /root/token /etc/meshferry/bearer-token' }],
  },
];

/** On the way to the pods. */
const PODS: readonly Break[] = [
  {
    name: 'a targetPort by a wrong number',
    says: /^✖ pods, port: port 8080 of Service smm-demo\/analytics leads to 9999 of the pods/,
    make: [json('service', put('/spec/ports/0/targetPort', 9999))],
  },
  {
    name: 'no pods',
    says: /^✖ pods, endpoint: (Deployment analytics-v1 has no pod|none of \d+ pods is ready)/,
    make: [{ kubectl: ['scale', 'deployment/analytics-v1', '-n', NAMESPACE, '--replicas=0'] }],
    mend: [{ kubectl: ['scale', 'deployment/analytics-v1', '-n', NAMESPACE, '--replicas=1'] }],
  },
  {
    name: 'a NetworkPolicy of the pods',
    says: /^✖ pods, network: NetworkPolicy smm-demo\/closed keeps the caller from Pod smm-demo\/analytics-v1/,
    make: [
      add(POLICY, 'NetworkPolicy', 'closed', {
        podSelector: { matchLabels: { app: 'analytics' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'checkout' } } }] }],
      }),
    ],
  },
  {
    name: 'an egress that pods lack',
    says: /^✖ pods, outgoing: the machine is connected to 10\.87\.1\.1:80, and NetworkPolicy smm-demo\/inside keeps the pods from it/,
    make: [
      {
        machine: `systemd-run -q --collect --unit=database-client bash -c 'exec 3<>/dev/tcp/${DATABASE.address}/${DATABASE.port}; sleep 600'; sleep 1`,
      },
      add(POLICY, 'NetworkPolicy', 'inside', {
        podSelector: { matchLabels: { app: 'analytics' } },
        policyTypes: ['Egress'],
        egress: [{ to: [{ namespaceSelector: {} }] }],
      }),
    ],
    mend: [{ machine: 'systemctl stop database-client' }],
  },
];

/** What the mesh itself lacks; last, since machines take a while to come back. */
const MESH: readonly Break[] = [
  {
    name: "the gateway's port closed",
    says: /^✖ VM, network: Service istio-system\/istio-eastwestgateway has no port 15012: machines do not reach istiod/,
    make: [istiodPort(15099)],
    mend: [istiodPort(15012)],
    options: WITHOUT_MACHINE,
  },
  {
    name: 'istiod gone',
    says: /^✖ istiod: Deployment istio-system\/istiod has no available replica/,
    make: [{ kubectl: ['scale', 'deployment/istiod', '-n', 'istio-system', '--replicas=0'] }],
    mend: [{ kubectl: ['scale', 'deployment/istiod', '-n', 'istio-system', '--replicas=1'] }],
  },
];

/** What is wrong in the cluster. */
export const CLUSTER_BREAKS: readonly Break[] = [...SHARED, ...VM, ...PODS];

/** What is wrong with the machine, and with what it needs of the mesh. */
export const MACHINE_BREAKS: readonly Break[] = [...MACHINE, ...MESH];
