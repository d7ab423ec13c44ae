const SECOND_VIRTUAL_SERVICE = `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: old, namespace: demo }
spec: { hosts: [analytics], http: [{ route: [{ destination: { host: analytics, port: { number: 80 } } }] }] }
`;

const SECOND_SERVICE = `
---
apiVersion: v1
kind: Service
metadata: { name: analytics-raw, namespace: demo }
spec: { selector: { app: analytics }, ports: [{ name: tcp, port: 9000, targetPort: http }] }
`;

/** One way to break it, and what is then found. */
export interface Case {
  readonly id: string;
  readonly what: string;
  /** Replaced once, by the second text; without it, the second text is appended. */
  readonly from?: string;
  readonly to: string;
  readonly object: string;
  readonly path: string;
  readonly message: string;
  readonly fix?: string;
}

const HOST = 'analytics.demo.svc.cluster.local';

/** For each check, ways to break what is right. */
export const CASES: readonly Case[] = [
  {
    id: 'MF101',
    what: 'a mistyped field of an Istio kind',
    from: 'timeout: 3s',
    to: 'timeuot: 3s',
    object: 'VirtualService demo/analytics',
    path: 'spec.http[0].timeuot',
    message: 'there is no field timeuot; the API server would drop it without a word',
    fix: 'write timeout',
  },
  {
    id: 'MF101',
    what: 'a mistyped field deep in a pod template',
    from: 'containerPort: 8083',
    to: 'containerPort: 8083, hostPrt: 1',
    object: 'Deployment demo/analytics-v1',
    path: 'spec.template.spec.containers[0].ports[1].hostPrt',
    message: 'there is no field hostPrt; the API server would drop it without a word',
    fix: 'write hostPort',
  },
  {
    id: 'MF102',
    what: 'a text where a number belongs',
    from: 'weight: 75',
    to: 'weight: "75"',
    object: 'VirtualService demo/analytics',
    path: 'spec.http[0].route[0].weight',
    message: 'must be an integer, got string "75"',
    fix: 'remove the quotes: 75',
  },
  {
    id: 'MF102',
    what: 'a label that YAML reads as a number',
    from: 'metadata: { name: analytics-v1, namespace: demo }',
    to: 'metadata: { name: analytics-v1, namespace: demo, labels: { version: 1.0 } }',
    object: 'Deployment demo/analytics-v1',
    path: 'metadata.labels.version',
    message: 'must be a string, got number 1',
    fix: 'put it in quotes: "1"',
  },
  {
    id: 'MF102',
    what: 'a required field that is missing',
    from: 'selector: { matchLabels: { app: analytics, version: v1 } }',
    to: 'replicas: 1',
    object: 'Deployment demo/analytics-v1',
    path: 'spec',
    message: 'field selector is missing',
    fix: 'add selector',
  },
  {
    id: 'MF102',
    what: 'an object without a name',
    from: '{ name: analytics, namespace: demo }\nspec: { mtls',
    to: '{ namespace: demo }\nspec: { mtls',
    object: 'PeerAuthentication demo/?',
    path: 'metadata',
    message: 'field name is missing',
  },
  {
    id: 'MF102',
    what: 'two of what excludes each other',
    from: 'scheme: HTTP }',
    to: 'scheme: HTTP }, exec: { command: [true] }',
    object: 'WorkloadGroup demo/analytics-v0',
    path: 'spec.probe',
    message: 'must hold one of httpGet, tcpSocket, exec, grpc, and only one; got httpGet and exec',
  },
  {
    id: 'MF102',
    what: 'a value that is not in the list',
    from: 'mode: PERMISSIVE',
    to: 'mode: PERMISIVE',
    object: 'PeerAuthentication demo/analytics',
    path: 'spec.mtls.mode',
    message: 'must be one of UNSET, DISABLE, PERMISSIVE, STRICT, got string "PERMISIVE"',
  },
  {
    id: 'MF102',
    what: 'a version that does not exist',
    from: 'apiVersion: security.istio.io/v1',
    to: 'apiVersion: security.istio.io/v1alpha3',
    object: 'PeerAuthentication demo/analytics',
    path: 'apiVersion',
    message: 'PeerAuthentication has no version v1alpha3',
    fix: 'use one of security.istio.io/v1, security.istio.io/v1beta1',
  },
  {
    id: 'MF103',
    what: 'a duration that is too short',
    from: 'connectTimeout: 500ms',
    to: 'connectTimeout: 500us',
    object: 'DestinationRule demo/analytics',
    path: 'spec.trafficPolicy.connectionPool.tcp.connectTimeout',
    message: 'must be a valid duration greater than 1ms',
  },
  {
    id: 'MF103',
    what: 'a duration that is none',
    from: 'timeout: 3s',
    to: 'timeout: 3 seconds',
    object: 'VirtualService demo/analytics',
    path: 'spec.http[0].timeout',
    message: 'must be a valid duration greater than 1ms',
  },
  {
    id: 'MF103',
    what: 'a port number that is none',
    from: 'ports: { http: 8080, tcp: 8083 }',
    to: 'ports: { http: 8080, tcp: 80830 }',
    object: 'WorkloadGroup demo/analytics-v0',
    path: 'spec.template.ports.tcp',
    message: 'port must be between 1-65535',
  },
  {
    id: 'MF104',
    what: 'one object twice',
    to: `---\napiVersion: networking.istio.io/v1beta1\nkind: Gateway\nmetadata: { name: public, namespace: edge }\nspec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*.example.com'] }] }`,
    object: 'Gateway edge/public',
    path: 'metadata.name',
    message: 'declared twice, first in demo.yaml: the cluster keeps the one that is applied last',
  },
  {
    id: 'MF201',
    what: 'a destination with a slip of the pen',
    from: `destination: { host: ${HOST}, subset: v0, port: { number: 8083 } }`,
    to: 'destination: { host: analitycs.demo.svc.cluster.local, port: { number: 8083 } }',
    object: 'VirtualService demo/analytics',
    path: 'spec.tcp[0].route[0].destination.host',
    message: 'there is no Service or ServiceEntry analitycs.demo.svc here, but analytics.demo.svc',
  },
  {
    id: 'MF201',
    what: 'a name that Istio does not complete',
    from: `destination: { host: ${HOST}, subset: v0, port: { number: 8083 } }`,
    to: 'destination: { host: analytics.demo, port: { number: 8083 } }',
    object: 'VirtualService demo/analytics',
    path: 'spec.tcp[0].route[0].destination.host',
    message: 'host analytics.demo is taken literally: Istio completes only names without a dot',
  },
  {
    id: 'MF202',
    what: 'a subset that the DestinationRule lost',
    from: '    - { name: v1, labels: { version: v1 } }\n',
    to: '',
    object: 'VirtualService demo/analytics',
    path: 'spec.http[0].route[1].destination.subset',
    message: `the DestinationRule of ${HOST} has no subset v1: requests for it would fail with 503`,
    fix: 'use one of v0, or add the subset',
  },
  {
    id: 'MF203',
    what: 'a gateway with a slip of the pen',
    from: 'edge/public]',
    to: 'edge/publik]',
    object: 'VirtualService demo/analytics',
    path: 'spec.gateways[1]',
    message: 'there is no Gateway edge/publik here, but edge/public',
  },
  {
    id: 'MF204',
    what: 'a DestinationRule for a host with a slip of the pen',
    from: `  host: ${HOST}`,
    to: '  host: analytcs.demo.svc.cluster.local',
    object: 'DestinationRule demo/analytics',
    path: 'spec.host',
    message: 'there is no Service or ServiceEntry analytcs.demo.svc here, but analytics.demo.svc',
  },
  {
    id: 'MF205',
    what: 'two VirtualServices for one host',
    to: SECOND_VIRTUAL_SERVICE,
    object: 'VirtualService demo/old',
    path: 'spec.hosts[0]',
    message:
      'VirtualService demo/analytics routes analytics for the mesh too: which of the two is followed is not defined',
  },
  {
    id: 'MF206',
    what: 'a gateway that lists none of the hosts',
    from: "hosts: ['*.example.com']",
    to: "hosts: ['*.example.org']",
    object: 'VirtualService demo/analytics',
    path: 'spec.gateways[1]',
    message: `Gateway edge/public lists none of the hosts ${HOST}, analytics.example.com: no request comes through it`,
  },
  {
    id: 'MF207',
    what: 'a namespace without injection',
    from: 'istio-injection: enabled',
    to: 'team: data',
    object: 'Namespace demo',
    path: 'metadata.labels',
    message:
      'sidecars are not injected here, but a host of this namespace is split: its pods would not be in the mesh',
  },
  {
    id: 'MF301',
    what: 'a port name that says no protocol',
    from: '- { name: tcp, port: 8083, targetPort: tcp }',
    to: '- { name: orders, port: 8083, targetPort: tcp }',
    object: 'Service demo/analytics',
    path: 'spec.ports[1].name',
    message: 'port orders names no protocol: Istio would have to guess it',
  },
  {
    id: 'MF302',
    what: 'a destination without a port',
    from: 'subset: v0, port: { number: 8083 }',
    to: 'subset: v0',
    object: 'VirtualService demo/analytics',
    path: 'spec.tcp[0].route[0].destination',
    message: `${HOST} has 2 ports, and the destination names none`,
    fix: 'add port.number, one of 80, 8083',
  },
  {
    id: 'MF303',
    what: 'two Services that call one port differently',
    to: SECOND_SERVICE,
    object: 'Service demo/analytics-raw',
    path: 'spec.ports[0]',
    message:
      'Service demo/analytics-raw and Service demo/analytics lead to port http of Deployment demo/analytics-v1 by different protocols http and tcp',
  },
  {
    id: 'MF304',
    what: 'a target port that the VM does not have',
    from: 'ports: { http: 8080, tcp: 8083 }',
    to: 'ports: { http: 8080 }',
    object: 'Service demo/analytics',
    path: 'spec.ports[1].targetPort',
    message: 'WorkloadGroup demo/analytics-v0 has no port named tcp: it would get no requests for tcp',
  },
  {
    id: 'MF401',
    what: 'a route after one that takes everything',
    from: 'match: [{ port: 80, uri: { prefix: /api } }]',
    to: 'match: [{ port: 80 }]',
    object: 'VirtualService demo/analytics',
    path: 'spec.http[1]',
    message: 'no request reaches this route: spec.http[0] takes all of them before',
  },
  {
    id: 'MF402',
    what: 'a match that an earlier route has taken',
    from: '- name: rest\n      match: [{ port: 80 }]',
    to: '- name: rest\n      match: [{ port: 80 }, { port: 80, uri: { exact: /api/v2 } }]',
    object: 'VirtualService demo/analytics',
    path: 'spec.http[1].match[1]',
    message: 'this match selects nothing: spec.http[0] takes all of its requests before',
  },
  {
    id: 'MF403',
    what: 'weights that add up to less',
    from: 'weight: 25',
    to: 'weight: 15',
    object: 'VirtualService demo/analytics',
    path: 'spec.http[0].route',
    message: 'weights add up to 90, not 100',
  },
  {
    id: 'MF501',
    what: 'a subset whose labels nothing carries, beside pods in no subset',
    from: '{ name: v1, labels: { version: v1 } }',
    to: '{ name: v1, labels: { version: one } }',
    object: 'DestinationRule demo/analytics',
    path: 'spec.subsets[1].labels',
    message: 'subset v1 (version=one) selects nothing, and Deployment demo/analytics-v1 is in no subset',
  },
  {
    id: 'MF502',
    what: 'pods that carry the version of the VM',
    from: 'labels: { app: analytics, version: v1 } }\n    spec',
    to: 'labels: { app: analytics, version: v0 } }\n    spec',
    object: 'Deployment demo/analytics-v1',
    path: 'spec.template.metadata.labels',
    message:
      'is in subset v0 of DestinationRule demo/analytics, like WorkloadGroup demo/analytics-v0: weights could not tell the VM from the pods',
  },
  {
    id: 'MF502',
    what: 'a subset that selects both sides',
    from: '{ name: v0, labels: { version: v0 } }',
    to: '{ name: v0, labels: { app: analytics } }',
    object: 'Deployment demo/analytics-v1',
    path: 'spec.template.metadata.labels',
    message:
      'is in the subsets v0 and v1 of DestinationRule demo/analytics: it would get the requests of both',
  },
  {
    id: 'MF502',
    what: 'pods in no subset beside a VM',
    from: 'labels: { app: analytics, version: v1 } }\n    spec',
    to: 'labels: { app: analytics } }\n    spec',
    object: 'Deployment demo/analytics-v1',
    path: 'spec.template.metadata.labels',
    message: 'is in no subset of DestinationRule demo/analytics, beside a VM of the same host',
  },
  {
    id: 'MF503',
    what: 'a VM without the label that the Service selects',
    from: 'labels: { app: analytics, version: v0 } }\n  probe',
    to: 'labels: { version: v0 } }\n  probe',
    object: 'WorkloadGroup demo/analytics-v0',
    path: 'spec.metadata.labels',
    message:
      'Service demo/analytics does not select it, though a DestinationRule has a subset for it: it would get no requests',
    fix: 'give it the labels that the Service selects: app=analytics',
  },
  {
    id: 'MF503',
    what: 'pods with a slip of the pen in the label',
    from: 'labels: { app: analytics, version: v1 } }\n    spec',
    to: 'labels: { app: analytcs, version: v1 } }\n    spec',
    object: 'Deployment demo/analytics-v1',
    path: 'spec.template.metadata.labels',
    message:
      'Service demo/analytics does not select it, though a DestinationRule has a subset for it: it would get no requests',
  },
  {
    id: 'MF504',
    what: 'plain text let in for the pods too',
    from: 'matchLabels: { app: analytics, version: v0 } }',
    to: 'matchLabels: { app: analytics } }',
    object: 'PeerAuthentication demo/analytics',
    path: 'spec.selector.matchLabels',
    message:
      'PERMISSIVE is meant for a VM but matches Deployment demo/analytics-v1 too: its pods would take plain text',
  },
  {
    id: 'MF701',
    what: 'a setting that steers more than pilot-agent',
    from: 'metadata: { name: analytics-v0, namespace: demo }',
    to: "metadata: { name: analytics-v0, namespace: demo, annotations: { proxy.istio.io/config: 'proxyMetadata: { EXEC_USER: root }' } }",
    object: 'WorkloadGroup demo/analytics-v0',
    path: 'metadata.annotations["proxy.istio.io/config"]',
    message:
      'proxyMetadata.EXEC_USER is none of the settings of pilot-agent that a machine takes: the machine would refuse the group',
  },
  {
    id: 'MF701',
    what: 'a label that is none',
    from: 'metadata: { labels: { app: analytics, version: v0 } }',
    to: "metadata: { labels: { app: analytics, version: v0, tier: '$(id)' } }",
    object: 'WorkloadGroup demo/analytics-v0',
    path: 'spec.metadata.labels.tier',
    message: '"tier=$(id)" cannot be a label: the machine would refuse the group',
  },
];
