import fc from 'fast-check';
import { defineMesh, defineMigration } from '../../config';
import { renderPhase } from '../../constructs';
import type { Manifest } from '../../manifests/manifest';
import { readSources } from '../../manifests/read';
import { plan } from '../../plan/plan';
import { migrationInput } from '../../test/arbitraries';
import { adopt } from './adopt';
import { withoutPodDefaults } from './pod-defaults';
import { adoptionReport, migrationYaml } from './report';

const read = (yaml: string): Manifest[] => readSources('live.yaml', yaml).map(({ manifest }) => manifest);

const SERVICE = `
kind: Service
metadata: {name: analytics, namespace: shop}
spec:
  selector: {app: analytics}
  ports: [{name: http, port: 8080, targetPort: web, protocol: TCP}, {name: tcp-feed, port: 7000}]
---`;
const PODS = `
kind: Deployment
metadata: {name: analytics, namespace: shop}
spec:
  template:
    metadata: {labels: {app: analytics, version: v1}}
    spec: {containers: [{name: main, image: a, ports: [{name: web, containerPort: 8081}]}]}
---`;
const GROUP = `
kind: WorkloadGroup
metadata: {name: analytics-v0, namespace: shop}
spec:
  metadata: {labels: {app: analytics, version: v0, rack: a}}
  template: {address: 10.0.0.5, network: vm-net, ports: {http: 80, tcp-feed: 7000}, serviceAccount: analytics}
---`;
const RULE = `
kind: DestinationRule
metadata:
  name: analytics
  namespace: shop
  annotations: {argocd.argoproj.io/tracking-id: "shop:networking.istio.io/DestinationRule:shop/analytics"}
spec:
  host: analytics
  exportTo: ["."]
  trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}, connectionPool: {tcp: {connectTimeout: 1500ms}}}
  subsets: [{name: v0, labels: {version: v0}}, {name: v1, labels: {version: v1}}]
---`;
const ROUTES = `
kind: VirtualService
metadata:
  name: analytics
  namespace: shop
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
spec:
  hosts: [analytics, old.example.com]
  http:
  - {match: [{uri: {prefix: /old}}], redirect: {uri: /new}}
  - {match: [{uri: {prefix: /billing}, port: 8080}], route: [{destination: {host: billing}}], mirrorPercent: 5, mirror: {host: rec}}
  - timeout: 5s
    route:
    - {destination: {host: analytics.shop, subset: v0}, weight: 75}
    - {destination: {host: analytics.shop.svc.cluster.local, subset: v1}, weight: 25, headers: {response: {set: {x: a}}}}
---`;

describe('a host with machines, pods and routes', () => {
  const adoption = adopt('analytics', 'shop', read(SERVICE + PODS + GROUP + RULE + ROUTES));

  test('becomes a migration at the phase of its weights', () => {
    expect(migrationYaml(adoption, 'analytics')).toBe(`namespace: shop
phase: shift-25
ports:
  http: 8080
  tcp-feed: 7000
service:
  existing: true
vm:
  serviceAccount: analytics
  network: vm-net
  ports:
    http: 80
  probe: none
  mtls: UNSET
  labels:
    rack: a
kubernetes:
  existing: true
  name: analytics
  ports:
    http: 8081
shift:
  steps:
    - 25
    - 50
    - 75
    - 90
    - 100
aliases:
  - old.example.com
trafficPolicy:
  loadBalancer:
    simple: LEAST_REQUEST
rules:
  - match:
      - uri:
          prefix: /old
    redirect:
      uri: /new
  - ports:
      - http
    match:
      - uri:
          prefix: /billing
    mirror:
      host: rec
    mirrorPercentage:
      value: 5
    route:
      - destination:
          host: billing
  - timeout: 5s
`);
  });

  test('and a list of what it cannot say, what changes, and who has to let go', () => {
    expect(adoptionReport(adoption)).toBe(`Taken over into analytics, phase shift-25:
  WorkloadGroup shop/analytics-v0
  DestinationRule shop/analytics
  VirtualService shop/analytics

What the migration cannot say:
  DestinationRule shop/analytics spec.exportTo: ["."] is gone
  WorkloadGroup shop/analytics-v0 spec.template.address: "10.0.0.5" is gone
  VirtualService shop/analytics spec.http[2].route[1].headers: {"response":{"set":{"x":"a"}}} is gone

What else is different:
  port tcp-feed has no route today; it gets the weights of the others
  its traffic policy gains outlier detection: trafficPolicy in the migration says otherwise

What to do, in this order:
  1. DestinationRule shop/analytics: have Application shop of Argo CD annotate it with argocd.argoproj.io/sync-options: Prune=false, and wait until that is synced
  2. WorkloadGroup shop/analytics-v0: it belongs to nobody who left a mark: see to it that nothing creates it again
  3. DestinationRule shop/analytics: it belongs to Application shop of Argo CD: take it out of the source of that Application
  4. VirtualService shop/analytics: it belongs to kubectl apply: take it out of the files that are applied
  5. WorkloadGroup shop/analytics-v0, DestinationRule shop/analytics, VirtualService shop/analytics: it is applied over by the sync of the migration`);
  });
});

test('pods without machines begin before the machine joins, and a machine without pods ends there', () => {
  const phaseOf = (yaml: string) => adopt('analytics.shop.svc.cluster.local', 'shop', read(yaml)).migration;
  expect(phaseOf(SERVICE + PODS)).toMatchObject({ phase: 'prepare', kubernetes: { existing: true } });
  const pinned = ROUTES.replace('weight: 75', 'weight: 0').replace('weight: 25', 'weight: 100');
  expect(phaseOf(SERVICE + PODS + RULE + pinned)).toMatchObject({ phase: 'guard' });
  expect(phaseOf(SERVICE + GROUP)).toMatchObject({ phase: 'onboard', mode: 'long-term', ends: 'onboard' });
});

describe('a Deployment that is taken over beside machines', () => {
  const LIVE = `
kind: Deployment
metadata: {name: analytics-v1, namespace: shop, annotations: {deployment.kubernetes.io/revision: "3"}}
spec:
  replicas: 3
  revisionHistoryLimit: 10
  progressDeadlineSeconds: 600
  selector: {matchLabels: {app: analytics, version: v1}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}
  template:
    metadata: {labels: {app: analytics, version: v1, team: data}, annotations: {prometheus.io/scrape: "true"}}
    spec:
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext: {}
      serviceAccount: analytics
      serviceAccountName: analytics
      terminationGracePeriodSeconds: 30
      nodeSelector: {disk: ssd}
      containers:
      - name: analytics
        image: registry.example.com/analytics:1
        imagePullPolicy: IfNotPresent
        resources: {requests: {cpu: 100m}}
        terminationMessagePath: /dev/termination-log
        ports: [{name: http, containerPort: 8081, protocol: TCP}, {name: tcp-feed, containerPort: 7000}, {name: admin, containerPort: 9}]
        livenessProbe: {grpc: {port: 8081}, periodSeconds: 10, timeoutSeconds: 1}
        env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
        volumeMounts: [{name: conf, mountPath: /conf}]
      - {name: log, image: log:1}
      volumes: [{name: conf, configMap: {name: conf, defaultMode: 420, items: [{key: a, path: b}]}}]
---`;
  const named = SERVICE.replace('targetPort: web', 'targetPort: http').replace(
    'port: 7000',
    'port: 7000, targetPort: 7000',
  );
  const take = (pods: string, service = named) =>
    adopt(
      'analytics',
      'shop',
      read(
        service +
          pods +
          GROUP +
          RULE +
          ROUTES.replace('weight: 75', 'weight: 100').replace('weight: 25', 'weight: 0'),
      ),
      { takePods: true },
    );

  test('is rendered as it is, at the phase in which it serves nobody', () => {
    const { migration, rendered, lost, notes } = take(LIVE);
    expect(migration).toMatchObject({
      phase: 'deploy',
      kubernetes: {
        image: 'registry.example.com/analytics:1',
        replicas: 3,
        ports: { http: 8081 },
        probe: 'none',
        drainSeconds: 0,
      },
    });
    expect(lost.filter(({ object }) => object.startsWith('Deployment'))).toEqual([]);
    expect(notes.join()).not.toContain('replaced once');
    const [live] = read(LIVE);
    const spec = rendered.find(({ kind }) => kind === 'Deployment')?.spec;
    expect(withoutPodDefaults(spec)).toEqual(withoutPodDefaults(live?.spec));
  });

  test.each([
    [
      'a selector of its own',
      LIVE.replace('{matchLabels: {app: analytics, version: v1}}', '{matchLabels: {app: analytics}}'),
      named,
      'Deployment shop/analytics-v1 cannot be taken over',
    ],
    ['a port under another name', LIVE, SERVICE, 'the Service finds port http by the name web'],
    [
      'nothing that declares the ports',
      LIVE.replace(/ports: \[\{name: http.*\]/, ''),
      named.replace('targetPort: http', 'targetPort: 8081'),
      'which container of Deployment shop/analytics-v1 the Service calls is not known',
    ],
  ])('with %s is refused', (_, pods, service, message) => {
    expect(() => take(pods, service)).toThrow(message);
  });
});

test('where a subset is not called by its version, the routes get another name, and the live ones go afterwards', () => {
  const renamed = RULE.replace('{name: v0,', '{name: vm,') + ROUTES.replace('subset: v0', 'subset: vm');
  const { migration, steps } = adopt('analytics', 'shop', read(SERVICE + PODS + GROUP + renamed));
  expect(migration).toMatchObject({ name: 'analytics-migration', app: 'analytics', phase: 'shift-25' });
  expect(steps.slice(-2)).toEqual([
    {
      what: 'it is applied over by the sync of the migration',
      objects: ['WorkloadGroup shop/analytics-v0'],
    },
    {
      what: 'delete it after the first sync: what takes its place has another name',
      objects: ['VirtualService shop/analytics', 'DestinationRule shop/analytics'],
    },
  ]);
});

test.each([
  ['no Service', PODS, 'there is no Service shop/analytics'],
  [
    'nothing behind it',
    SERVICE,
    'nothing serves shop/analytics: no Deployment, StatefulSet or WorkloadGroup has the labels app=analytics',
  ],
  [
    'two Deployments',
    SERVICE + PODS + PODS.replace('name: analytics,', 'name: other,'),
    'several objects run pods that Service analytics selects: Deployment shop/analytics, Deployment shop/other',
  ],
  [
    'a port without a protocol',
    SERVICE.replace('name: http,', 'name: web,') + PODS,
    'port 8080 of Service shop/analytics is called "web", which does not begin with its protocol',
  ],
  [
    'pods without a version',
    SERVICE + PODS.replace(', version: v1', ''),
    'what Deployment shop/analytics makes has no label version',
  ],
  [
    'one version for both',
    SERVICE + PODS + GROUP.replace('version: v0', 'version: v1'),
    'machines and pods of analytics have the same label version: v1',
  ],
  [
    'routes that are rendered',
    SERVICE +
      PODS +
      RULE.replace(
        'annotations: {',
        'labels: {app.kubernetes.io/managed-by: meshferry, app.kubernetes.io/part-of: a}\n  annotations: {',
      ),
    'DestinationRule shop/analytics is rendered by meshferry already, by the migration a',
  ],
])('%s is refused', (_, yaml, message) => {
  expect(() => adopt('analytics', 'shop', read(yaml))).toThrow(message);
});

test('what meshferry renders is taken over as it is', () => {
  const mesh = defineMesh({ istio: '1.24' });
  const split = migrationInput(fc.constant(undefined))
    .map((input) => ({ migration: defineMigration(input), name: input.name }))
    // Sticky callers are what a migration adds to routes: it does not read them back.
    .filter(
      ({ migration: { kubernetes, ends, sticky } }) =>
        kubernetes?.existing === true && ends === 'done' && !sticky,
    );
  fc.assert(
    fc.property(split, fc.nat(), ({ migration }, at) => {
      const shifts = plan(migration).filter(({ name }) => name.startsWith('shift-'));
      const phase = shifts[at % shifts.length] as (typeof shifts)[number];
      const { vm, routing } = renderPhase(migration, mesh, phase);
      const live: Manifest[] = [...vm, ...routing].map((one) => ({
        ...one,
        metadata: { ...one.metadata, labels: {} },
      }));
      const { name, namespace, app, service, ports, kubernetes } = migration;
      const around = [
        {
          kind: 'Service',
          metadata: { name: service.name, namespace },
          spec: {
            selector: { app },
            ports: ports.map((port) => ({
              name: port.name,
              port: port.service,
              targetPort: port.kubernetes,
            })),
          },
        },
        {
          kind: 'Deployment',
          metadata: { name: kubernetes?.name, namespace },
          spec: { template: { metadata: { labels: { app, version: kubernetes?.version } } } },
        },
      ];
      const adopted = adopt(service.name, namespace, [...around, ...live], { mesh });
      expect(adopted.migration).toMatchObject({ name, phase: phase.name });
      expect(adopted.lost).toEqual([]);
      for (const kind of ['VirtualService', 'DestinationRule', 'WorkloadGroup', 'PeerAuthentication'])
        expect(adopted.rendered.find((one) => one.kind === kind)?.spec).toEqual(
          live.find((one) => one.kind === kind)?.spec,
        );
    }),
    { numRuns: 12 },
  );
});
