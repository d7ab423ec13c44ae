import type { LiveObject } from '../gate/cluster';
import { clustersIn } from './envoy';
import type { Facts } from './facts';
import { healthyFacts } from './facts.fixture';
import { askMachine } from './machine';
import { denyingPolicies } from './network-policy';
import { pathText } from './text';
import { firstBroken, walkPath } from './walk';

type Spec = Record<string, unknown>;

const FACTS = healthyFacts();

/** The facts with one object changed, by its kind; undefined takes it away. */
function changed(kind: string, change: (object: LiveObject) => LiveObject | undefined, facts = FACTS): Facts {
  const at = facts.objects.find((one) => one.kind === kind && one.metadata.namespace === 'smm-demo');
  if (!at) throw new Error(`there is no ${kind}`);
  return { ...facts, objects: facts.objects.flatMap((one) => (one === at ? (change(one) ?? []) : one)) };
}

function withSpec(kind: string, change: (spec: Spec) => Spec, facts = FACTS): Facts {
  return changed(kind, (one) => ({ ...one, spec: change({ ...one.spec }) }), facts);
}

function withObject(
  kind: string,
  spec: Spec,
  metadata: Partial<LiveObject['metadata']> = {},
  facts = FACTS,
): Facts {
  const object = { kind, metadata: { name: 'added', namespace: 'smm-demo', ...metadata }, spec };
  return { ...facts, objects: [...facts.objects, object] };
}

const withoutKind = (kind: string) => changed(kind, () => undefined);
const asCaller = (more: object): Facts => ({
  ...FACTS,
  caller: { ...(FACTS.caller as object), ...more } as never,
});
const machineFails = (check: string): Facts => ({
  ...FACTS,
  machine: {
    findings: [{ check, failure: { kind: 'clock', message: `${check} is wrong`, next: 'mend it' } }],
  },
});
const subsets = (change: (list: Spec[]) => unknown) =>
  withSpec('DestinationRule', (spec) => ({
    ...spec,
    subsets: change(structuredClone(spec.subsets) as Spec[]),
  }));
const ports = (change: (port: Spec) => Spec) =>
  withSpec('Service', (spec) => ({ ...spec, ports: (spec.ports as Spec[]).map(change) }));
const status = (kind: string, value: Spec) => changed(kind, (one) => ({ ...one, status: value }));

const BROKEN: readonly [name: string, Facts, says: string][] = [
  [
    'istiod gone',
    {
      ...FACTS,
      objects: FACTS.objects.map((one) => (one.metadata.name === 'istiod' ? { ...one, status: {} } : one)),
    },
    'istiod: Deployment istio-system/istiod has no available replica',
  ],
  [
    'a caller without a sidecar',
    asCaller({ inMesh: false }),
    'caller: smm-demo/client has no sidecar: Kubernetes',
  ],
  [
    'STRICT against a plain caller',
    withObject('PeerAuthentication', { mtls: { mode: 'STRICT' } }, {}, asCaller({ inMesh: false })),
    'caller: smm-demo/client has no sidecar and calls in plain text, and PeerAuthentication smm-demo/added',
  ],
  ['no Service', withoutKind('Service'), 'name: there is no Service smm-demo/analytics'],
  [
    'a port that the Service lacks',
    ports((port) => ({ ...port, port: 9 })),
    'name: Service smm-demo/analytics has no port',
  ],
  [
    'an alias without a ServiceEntry',
    changed('ServiceEntry', () => undefined, healthyFacts({ aliases: ['analytics.corp.example'] })),
    'name: no ServiceEntry has the alias analytics.corp.example',
  ],
  [
    'a Sidecar that hides the host',
    withObject('Sidecar', { egress: [{ hosts: ['./*.other', 'istio-system/*'] }] }),
    'visibility: Sidecar smm-demo/added hides analytics.smm-demo',
  ],
  [
    'a Service that its namespace keeps',
    changed(
      'Service',
      (one) => ({
        ...one,
        metadata: { ...one.metadata, annotations: { 'networking.istio.io/exportTo': '.' } },
      }),
      asCaller({ namespace: 'shop' }),
    ),
    'visibility: the annotation networking.istio.io/exportTo',
  ],
  [
    'an Envoy that was told nothing',
    { ...FACTS, envoy: { clusters: new Map() } },
    "visibility: the caller's Envoy has no cluster",
  ],
  ['no VirtualService', withoutKind('VirtualService'), 'route: there is no VirtualService'],
  [
    'two VirtualServices',
    withObject('VirtualService', { hosts: ['analytics'] }),
    'route: VirtualService smm-demo/analytics and VirtualService smm-demo/added both route',
  ],
  [
    'a VirtualService for gateways alone',
    withSpec('VirtualService', (spec) => ({ ...spec, gateways: ['ingress'] })),
    'route: VirtualService smm-demo/analytics is for gateways alone',
  ],
  [
    'a missing subset',
    subsets((list) => list.slice(1)),
    'route: VirtualService smm-demo/analytics sends to subset v0',
  ],
  [
    'a subset without labels',
    subsets(([first, ...rest]) => [{ ...first, labels: {} }, ...rest]),
    'VM, subset: subset v0 of DestinationRule smm-demo/analytics has no labels',
  ],
  [
    'a subset with other labels',
    subsets(([first, ...rest]) => [{ ...first, labels: { version: 'v9' } }, ...rest]),
    'VM, subset: subset v0 of DestinationRule smm-demo/analytics selects version=v9',
  ],
  ['no WorkloadGroup', withoutKind('WorkloadGroup'), 'VM, selection: there is no WorkloadGroup analytics-v0'],
  [
    'a Service that selects nothing',
    withSpec('Service', (spec) => ({ ...spec, selector: { app: 'analytic' } })),
    'VM, selection: Service smm-demo/analytics selects app=analytic, and WorkloadGroup',
  ],
  [
    'a targetPort by an unknown name',
    ports((port) => ({ ...port, targetPort: 'web' })),
    'VM, port: targetPort web of port 8080',
  ],
  [
    'a targetPort by a wrong number',
    ports((port) => ({ ...port, targetPort: 9999 })),
    'pods, port: port 8080 of Service smm-demo/analytics leads to 9999 of the pods',
  ],
  ['what the agent finds', machineFails('clock'), 'VM, machine: clock: clock is wrong'],
  ['no entry', withoutKind('WorkloadEntry'), 'VM, endpoint: WorkloadGroup analytics-v0 has no WorkloadEntry'],
  [
    'an unhealthy entry',
    status('WorkloadEntry', { conditions: [{ type: 'Healthy', status: 'False', message: 'refused' }] }),
    'VM, endpoint: analytics-v0-10.0.0.5 is not Healthy: refused',
  ],
  ['no pod', withoutKind('Pod'), 'pods, endpoint: Deployment analytics-v1 has no pod'],
  [
    'a pod that is not ready',
    status('Pod', {
      podIP: '10.1.0.7',
      containerStatuses: [{ name: 'analytics', state: { waiting: { reason: 'ImagePullBackOff' } } }],
    }),
    'pods, endpoint: none of 1 pods is ready: analytics-v1-7d4 ImagePullBackOff',
  ],
  [
    'a pod without a sidecar',
    withSpec('Pod', (spec) => ({ ...spec, containers: [{ name: 'analytics' }] })),
    'pods, endpoint: Pod smm-demo/analytics-v1-7d4 has no sidecar',
  ],
  [
    'an endpoint that is ejected',
    {
      ...FACTS,
      envoy: {
        clusters: new Map([
          [
            'outbound|8080|v0|analytics.smm-demo.svc.cluster.local',
            [{ address: '10.0.0.5:8080', health: '/failed_outlier_check' }],
          ],
        ]),
      },
    },
    "VM, endpoint: the caller's Envoy has ejected 10.0.0.5:8080 (/failed_outlier_check)",
  ],
  [
    'a stale entry',
    withStale(),
    'VM, network: WorkloadEntry smm-demo/stale is stale: nothing answers at 10.0.0.9:8080',
  ],
  [
    'a firewall before the machine',
    { ...FACTS, connects: new Map([['10.0.0.5:8080', false]]) },
    "VM, network: the caller's pod cannot connect to 10.0.0.5:8080",
  ],
  [
    'a gateway without its port',
    {
      ...FACTS,
      objects: FACTS.objects.map((one) =>
        one.metadata.name === 'istio-eastwestgateway' ? { ...one, spec: { ports: [{ port: 15443 }] } } : one,
      ),
    },
    'VM, network: Service istio-system/istio-eastwestgateway has no port 15012',
  ],
  [
    'a NetworkPolicy of the pods',
    withObject('NetworkPolicy', { podSelector: { matchLabels: { version: 'v1' } }, ingress: [] }),
    'pods, network: NetworkPolicy smm-demo/added keeps the caller from Pod smm-demo/analytics-v1-7d4',
  ],
  [
    'plain text towards STRICT',
    withSpec(
      'DestinationRule',
      (spec) => ({ ...spec, trafficPolicy: { tls: { mode: 'DISABLE' } } }),
      withSpec('PeerAuthentication', (spec) => ({ ...spec, mtls: { mode: 'STRICT' } })),
    ),
    'VM, mutual TLS: DestinationRule smm-demo/analytics has callers speak DISABLE',
  ],
  [
    'an AuthorizationPolicy that denies',
    withObject('AuthorizationPolicy', {
      action: 'DENY',
      rules: [{ from: [{ source: { principals: ['*/sa/default'] } }] }],
    }),
    'VM, access: AuthorizationPolicy smm-demo/added denies smm-demo/client',
  ],
  [
    'an AuthorizationPolicy that allows nobody',
    withObject('AuthorizationPolicy', { selector: { matchLabels: { version: 'v1' } } }),
    'pods, access: AuthorizationPolicy smm-demo/added allows others, and not smm-demo/client',
  ],
  [
    'an egress that a NetworkPolicy keeps from pods',
    withObject('NetworkPolicy', {
      podSelector: { matchLabels: { version: 'v1' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '10.9.0.0/16', except: ['10.9.9.0/24'] } }] }],
    }),
    'pods, outgoing: the machine is connected to 10.9.9.9:5432, and NetworkPolicy smm-demo/added',
  ],
  [
    'an egress that pods lack',
    { ...FACTS, outgoing: new Map([['10.9.9.9:5432', false]]) },
    'pods, outgoing: the machine is connected to 10.9.9.9:5432, and Pod smm-demo/analytics-v1-7d4 cannot connect',
  ],
  [
    'weights that are not those of git',
    withSpec('VirtualService', (spec) => ({
      ...spec,
      http: (structuredClone(spec.http) as { route: { weight: number }[] }[]).map((rule) => ({
        ...rule,
        route: rule.route.map((one, index) => ({ ...one, weight: index === 0 ? 90 : 10 })),
      })),
    })),
    'git: the routes are not those of shift-50: VirtualService spec.http[0].route[v0].weight is 90, not 50',
  ],
];

function withStale(): Facts {
  const endpoints = ['10.0.0.5:8080', '10.0.0.9:8080'].map((address) => ({ address, health: 'healthy' }));
  const host = 'analytics.smm-demo.svc.cluster.local';
  const clusters = new Map((FACTS.envoy as { clusters: Map<string, never> }).clusters);
  const stale = { address: '10.0.0.9', labels: { app: 'analytics', version: 'v0' } };
  return {
    ...withObject('WorkloadEntry', stale, { name: 'stale' }),
    envoy: { clusters: clusters.set(`outbound|8080|v0|${host}`, endpoints as never) },
    connects: new Map([
      ['10.0.0.5:8080', true],
      ['10.0.0.9:8080', false],
    ]),
  };
}

test('where nothing is broken, every part of the path is good', () => {
  const hops = walkPath(FACTS);
  expect(hops.filter(({ outcome }) => outcome !== 'good')).toEqual([]);
  expect(pathText(hops)).toMatchInlineSnapshot(`
"✔ istiod      Deployment istio-system/istiod has 1 available
✔ caller      smm-demo/client has a sidecar
✔ name        Service smm-demo/analytics is at no address
✔ visibility  the caller's Envoy has 2 clusters for analytics.smm-demo.svc.cluster.local
✔ route       VirtualService smm-demo/analytics: VM 50 %, pods 50 %
VM
  ✔ subset      subset v0: version=v0
  ✔ selection   Service smm-demo/analytics selects app=analytics
  ✔ port        http on 8080, tcp on 8083
  ✔ machine     its agent made 2 checks, and none failed
  ✔ endpoint    1 of 1 WorkloadEntries serve; the caller's Envoy holds 10.0.0.5:8080
  ✔ network     the caller's pod connects to 10.0.0.5:8080
  ✔ mutual TLS  PERMISSIVE, by PeerAuthentication smm-demo/analytics
  ✔ access      no AuthorizationPolicy
pods
  ✔ subset      subset v1: version=v1
  ✔ selection   Service smm-demo/analytics selects app=analytics
  ✔ port        http on 8080, tcp on 8083
  ✔ endpoint    1 of 1 pods are ready; the caller's Envoy holds 10.1.0.7:8080
  ✔ network     the caller's pod connects to 10.1.0.7:8080
  ✔ mutual TLS  PERMISSIVE, by default
  ✔ access      no AuthorizationPolicy
  ✔ outgoing    pods reach 10.9.9.9:5432, as the machine does
✔ git         the routes are those of shift-50

✔ nothing is broken on the way"
`);
});

test.each(BROKEN)('%s is named', (_, facts, says) => {
  const first = firstBroken(walkPath(facts));
  const where = first?.side ? `${first.side === 'vm' ? 'VM' : 'pods'}, ${first.name}` : first?.name;
  expect(`${where}: ${first?.found}`.slice(0, says.length)).toBe(says);
  expect(first?.fix).toBeTruthy();
});

test('a policy that speaks of paths may let the caller in, and is not called broken', () => {
  const facts = withObject('AuthorizationPolicy', { rules: [{ to: [{ operation: { paths: ['/api'] } }] }] });
  const hops = walkPath(facts);
  expect(firstBroken(hops)).toBeUndefined();
  expect(hops.find(({ name }) => name === 'access')?.found).toContain('may let it in, by the request');
});

test('what may not be read is unknown, and never broken', () => {
  const facts = { ...withoutKind('Service'), unread: new Map([['Service', 'kubectl says: forbidden']]) };
  expect(walkPath(facts).find(({ name }) => name === 'name')).toMatchObject({
    outcome: 'unknown',
    found: 'Service: kubectl says: forbidden',
  });
});

test('in a phase without pods, only the way to the VM is walked', () => {
  expect(walkPath(healthyFacts({ phase: 'pin' })).some(({ side }) => side === 'kubernetes')).toBe(false);
});

test('clusters and endpoints are read from the listing of Envoy', () => {
  const text = [
    'outbound|8080|v0|a.b.svc.cluster.local::default_priority::max_connections::1024',
    'outbound|8080|v0|a.b.svc.cluster.local::10.0.0.5:8080::health_flags::healthy',
    'outbound|8080|v0|a.b.svc.cluster.local::[fd00::5]:8080::health_flags::/failed_active_hc',
    'outbound|8080|v1|a.b.svc.cluster.local::added_via_api::true',
    'xds-grpc::127.0.0.1:15010::health_flags::healthy',
  ].join('\n');
  expect([...clustersIn(text)]).toEqual([
    [
      'outbound|8080|v0|a.b.svc.cluster.local',
      [
        { address: '10.0.0.5:8080', health: 'healthy' },
        { address: '[fd00::5]:8080', health: '/failed_active_hc' },
      ],
    ],
    ['outbound|8080|v1|a.b.svc.cluster.local', []],
  ]);
});

test.each([
  ['no policy selects it', { podSelector: { matchLabels: { app: 'x' } }, ingress: [] }, false],
  ['it admits nobody', { podSelector: {}, ingress: [] }, true],
  ['it admits everybody', { podSelector: {}, ingress: [{}] }, false],
  ['it admits another port', { podSelector: {}, ingress: [{ ports: [{ port: 1 }] }] }, true],
  ['it admits the port by its name', { podSelector: {}, ingress: [{ ports: [{ port: 'http' }] }] }, false],
  ['it admits a range', { podSelector: {}, ingress: [{ ports: [{ port: 8000, endPort: 9000 }] }] }, false],
  ['it admits UDP', { podSelector: {}, ingress: [{ ports: [{ protocol: 'UDP', port: 8080 }] }] }, true],
  [
    'it admits a namespace',
    { podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }] }] },
    false,
  ],
  [
    'it admits other pods of that namespace',
    {
      podSelector: {},
      ingress: [
        {
          from: [
            {
              namespaceSelector: {},
              podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['client'] }] },
            },
          ],
        },
      ],
    },
    true,
  ],
  ['it is about egress alone', { podSelector: {}, policyTypes: ['Egress'], egress: [] }, false],
])('of a NetworkPolicy: %s', (_, spec, denies) => {
  const policy: LiveObject = {
    kind: 'NetworkPolicy',
    metadata: { name: 'one', namespace: 'smm-demo' },
    spec,
  };
  const pod = { namespace: 'smm-demo', labels: { app: 'analytics' }, namespaceLabels: {} };
  const other = { namespace: 'shop', labels: { app: 'client' }, namespaceLabels: { team: 'shop' } };
  expect(denyingPolicies([policy], 'ingress', pod, other, { number: 8080, name: 'http' })).toHaveLength(
    denies ? 1 : 0,
  );
});

test.each(['-oProxyCommand=id', '--', '', 'a b', '$(id)'])(
  '"%s" never becomes an option of ssh',
  async (destination) => {
    expect(await askMachine(destination)).toBe(`${destination} is no destination of ssh`);
  },
);
