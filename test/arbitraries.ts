import fc from 'fast-check';
import type { MeshInput, MigrationInput } from '../config';
import { defineMigration } from '../config';
import { plan } from '../plan/plan';

/** fast-check arbitraries of valid input, in every mode, with and without each optional part. */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const word = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 8 });
/** A short DNS-1123 label that begins with a letter. */
const label = fc.tuple(word, fc.nat(99)).map(([text, number]) => `${text}-${number}`);
const dnsName = fc.tuple(word, word).map(([host, domain]) => `${host}.${domain}.example`);

const HTTP_NAMES = ['http', 'http-api', 'http2', 'grpc', 'grpc-web', 'grpc-orders'];
const TCP_NAMES = ['tcp', 'tcp-raw', 'mongo', 'mysql', 'redis'];

const portNumber = fc.integer({ min: 1, max: 65535 });

/** At least one port, names and numbers used once; sometimes without any http port. */
const ports = fc
  .record({
    names: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.uniqueArray(fc.constantFrom(...HTTP_NAMES, ...TCP_NAMES), {
          minLength: 1,
          maxLength: 5,
        }),
      },
      { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...TCP_NAMES), { minLength: 1, maxLength: 3 }) },
    ),
    numbers: fc.uniqueArray(portNumber, { minLength: 5, maxLength: 5 }),
  })
  .map(({ names, numbers }) =>
    Object.fromEntries(names.map((name, index) => [name, numbers[index] as number])),
  );

/** Other numbers than the Service's for all of the ports, or none. */
function overrides(names: readonly string[]): fc.Arbitrary<Record<string, number> | undefined> {
  return fc.option(
    fc
      .uniqueArray(portNumber, { minLength: names.length, maxLength: names.length })
      .map((numbers) => Object.fromEntries(names.map((name, index) => [name, numbers[index] as number]))),
    { nil: undefined },
  );
}

const rising = (max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 6 })
    .map((steps) => steps.sort((a, b) => a - b));
const falling = rising(99).map((steps) => steps.toReversed());

/** What a migration ends in, with steps that fit. */
function course(
  ends: 'done' | 'onboard' | 'split' | 'standby',
  podsServeAlready: boolean,
): fc.Arbitrary<Pick<MigrationInput, 'mode' | 'ends' | 'shift'>> {
  const steps = {
    done: rising(99).map((list) => [...list, 100]),
    onboard: fc.constant(undefined),
    split: podsServeAlready ? falling : rising(99),
    standby: podsServeAlready ? falling.map((list) => [...list, 0]) : fc.constant(undefined),
  }[ends];
  const declared = ends === 'done' ? {} : { mode: 'long-term' as const, ends };
  return fc
    .option(steps, { nil: undefined })
    .map((list) => ({ ...declared, ...(list && { shift: { steps: list } }) }));
}

const extraLabels = fc.dictionary(fc.constantFrom('team', 'example.com/tier', 'release'), word, {
  maxKeys: 2,
});

const stringMatch = fc.oneof(
  word.map((text) => ({ exact: `/${text}` })),
  word.map((text) => ({ prefix: `/${text}` })),
  word.map((text) => ({ regex: `/${text}.*` })),
);

/**
 * @param ofGatewayApi whether they are such as routes of the Gateway API can say: what changes a request, for ports that
 *   are not grpc
 */
function rules(httpNames: readonly string[], ofGatewayApi: boolean): fc.Arbitrary<MigrationInput['rules']> {
  if (httpNames.length === 0) return fc.constant(undefined);
  const action = fc.record(
    {
      timeout: fc.constantFrom('500ms', '3s', '1m'),
      ...(!ofGatewayApi && { retries: fc.record({ attempts: fc.nat(3) }) }),
      headers: fc.constant({ request: { set: { 'x-from': 'mesh' } } }),
      ...(!ofGatewayApi && {
        fault: fc.constant({ abort: { httpStatus: 503, percentage: { value: 1 } } }),
        mirror: fc.constant({ host: 'recorder.shadow.svc.cluster.local' }),
      }),
    },
    { requiredKeys: [] },
  );
  // Requests that never get to the host.
  const elsewhere = fc.constantFrom<Partial<NonNullable<MigrationInput['rules']>[number]>>(
    { route: [{ destination: { host: 'other.elsewhere.svc.cluster.local' } }] },
    { redirect: { uri: '/moved' } },
    { directResponse: { status: 410 } },
    { delegate: { name: 'team', namespace: 'team' } },
  );
  const some = fc.record(
    {
      match: fc.array(
        fc.oneof(
          stringMatch.map((uri) => ({ uri })),
          fc.tuple(word, stringMatch).map(([name, value]) => ({ headers: { [`x-${name}`]: value } })),
        ),
        { minLength: 1, maxLength: 2 },
      ),
      ports: fc.subarray([...httpNames], { minLength: 1 }),
    },
    { requiredKeys: ofGatewayApi ? ['match', 'ports'] : ['match'] },
  );
  const conditional = fc
    .tuple(some, ofGatewayApi ? action : fc.oneof(action, elsewhere))
    .map(([which, what]) => ({ ...which, ...what }));
  return fc
    .tuple(fc.array(conditional, { maxLength: 3 }), fc.option(action, { nil: undefined }))
    .map(([list, last]) => [
      ...list.map(ofGatewayApi ? apartByMethod : apart),
      ...(last ? [ofGatewayApi ? { ...last, ports: [...httpNames] } : last] : []),
    ]);
}

/** The same with methods that the Gateway API knows. */
function apartByMethod<T extends { readonly match?: readonly object[] }>(rule: T, index: number): T {
  const exact = ['GET', 'POST', 'PUT'][index] ?? 'PATCH';
  return { ...rule, match: rule.match?.map((match) => ({ ...match, method: { exact } })) };
}

/** Rules that share no request: one that another takes everything from would be refused. */
function apart<T extends { readonly match?: readonly object[] }>(rule: T, index: number): T {
  return { ...rule, match: rule.match?.map((match) => ({ ...match, method: { exact: `METHOD${index}` } })) };
}

function gateways(hasHttp: boolean): fc.Arbitrary<MigrationInput['gateways']> {
  if (!hasHttp) return fc.constant(undefined);
  return fc.array(
    fc.record({ name: label, hosts: fc.uniqueArray(dnsName, { minLength: 1, maxLength: 2 }) }),
    { maxLength: 2 },
  );
}

/** Machines of one group, each with its own name and address, or without one. */
const machines = fc
  .uniqueArray(fc.tuple(label, fc.oneof(fc.ipV4(), fc.ipV6()), fc.boolean()), {
    maxLength: 3,
    selector: ([name, address]) => `${name} ${address}`,
    comparator: (a, b) => a.split(' ').some((part) => b.split(' ').includes(part)),
  })
  .map((list) => list.map(([name, address, known]) => (known ? { name, address } : { name })));

/** Policies that both the host and a side may have. */
const trafficPolicy = fc.record(
  {
    connectionPool: fc.constantFrom(
      { tcp: { connectTimeout: '250ms' } },
      { http: { http1MaxPendingRequests: 10 } },
    ),
    outlierDetection: fc.constantFrom({}, { interval: '5s' }, { consecutiveGatewayErrors: 0 }),
    loadBalancer: fc.constantFrom(
      { simple: 'ROUND_ROBIN' as const },
      { consistentHash: { httpHeaderName: 'x-user' } },
    ),
    tls: fc.constantFrom({ mode: 'ISTIO_MUTUAL' as const }, { mode: 'DISABLE' as const }),
  },
  { requiredKeys: ['loadBalancer'] }, // an empty policy would be refused
);

function vm(names: readonly string[]): fc.Arbitrary<MigrationInput['vm']> {
  return fc.record(
    {
      version: fc.constantFrom('v0', 'vm', 'legacy'),
      network: fc.constantFrom('network1', 'vm-network'),
      serviceAccount: label,
      machines,
      mtls: fc.constantFrom('PERMISSIVE' as const, 'STRICT' as const),
      ports: overrides(names),
      probe: fc.constant('none' as const),
      labels: extraLabels,
      trafficPolicy,
      locality: fc.constantFrom('eu/a', 'eu/a/rack1'),
    },
    { requiredKeys: [] },
  );
}

/** What a user may add to the derived pods, from a few of the fields that Kubernetes has. */
function podTemplate(container: string): fc.Arbitrary<Record<string, unknown>> {
  const main = fc.record(
    {
      env: fc.constant([
        { name: 'LOG_LEVEL', value: 'info' },
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'app', key: 'token' } } },
      ]),
      resources: fc.constant({ requests: { cpu: '100m' }, limits: { memory: '64Mi' } }),
      readinessProbe: fc.constantFrom({ grpc: { port: 8080 } }, { exec: { command: ['true'] } }),
      lifecycle: fc.constant({ preStop: { exec: { command: ['true'] } } }),
      ports: fc.constant([{ containerPort: 65530, protocol: 'UDP', name: 'extra' }]),
      volumeMounts: fc.constant([{ name: 'data', mountPath: '/data' }]),
      securityContext: fc.record({ runAsUser: fc.integer({ min: 1, max: 1000 }) }),
    },
    { requiredKeys: ['resources'] },
  );
  const spec = fc.record(
    {
      containers: main.map((one) => [
        { name: container, ...one },
        { name: 'beside', image: 'beside:1' },
      ]),
      volumes: fc.constant([{ name: 'data', emptyDir: { medium: 'Memory' } }]),
      serviceAccountName: label,
      terminationGracePeriodSeconds: fc.nat(60),
      tolerations: fc.constant([{ key: 'dedicated', operator: 'Exists' }]),
    },
    { requiredKeys: ['containers', 'volumes'] },
  );
  return fc.record({ metadata: extraLabels.map((labels) => ({ labels })), spec }, { requiredKeys: ['spec'] });
}

function controller(): fc.Arbitrary<NonNullable<MigrationInput['kubernetes']>> {
  const deployment = fc.record(
    {
      strategy: fc.constantFrom({ type: 'Recreate' }, { rollingUpdate: { maxSurge: '50%' } }),
      progressDeadlineSeconds: fc.integer({ min: 31, max: 900 }),
    },
    { requiredKeys: [] },
  );
  const statefulSet = fc.record(
    {
      kind: fc.constant('StatefulSet' as const),
      updateStrategy: fc.constant({ type: 'OnDelete' }),
      volumeClaimTemplates: fc.array(
        fc.constant({
          metadata: { name: 'claim' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        }),
        { maxLength: 1 },
      ),
      podManagementPolicy: fc.constant('Parallel' as const),
    },
    { requiredKeys: ['kind'] },
  );
  return fc.oneof(deployment, statefulSet);
}

function pods(
  names: readonly string[],
  existing: boolean,
  container: string,
): fc.Arbitrary<NonNullable<MigrationInput['kubernetes']>> {
  const version = fc.constantFrom('v1', 'v2', 'pods');
  if (existing) {
    return fc
      .record({ version, name: label, ports: overrides(names) }, { requiredKeys: [] })
      .map((facts) => ({
        ...facts,
        existing: true,
      }));
  }
  const scale = fc.oneof(
    fc.record({ replicas: fc.integer({ min: 1, max: 5 }) }),
    podTemplate(container).map((template) => ({ autoscaling: { maxReplicas: 3 }, podTemplate: template })),
    podTemplate(container).map((template) => ({ podTemplate: template })),
    fc.constant({}),
  );
  const described = fc.record(
    {
      image: fc.constant('registry.example/app:1.0.0'),
      version,
      ports: overrides(names),
      probe: fc.constant('none' as const),
      podSecurity: fc.constant('restricted' as const),
      minReadySeconds: fc.nat(30),
      disruptionBudget: fc.constant({ maxUnavailable: 1 }),
      trafficPolicy,
    },
    { requiredKeys: ['image'] },
  );
  return fc
    .tuple(described, controller(), scale)
    .map(([what, which, count]) => ({ ...what, ...which, ...count }));
}

function service(): fc.Arbitrary<MigrationInput['service']> {
  return fc.oneof(
    fc.record({ name: label, existing: fc.boolean() }, { requiredKeys: [] }),
    fc.record(
      {
        name: label,
        existing: fc.constant(false),
        annotations: fc.constant({ 'example.com/owner': 'shop' }),
        spec: fc.constantFrom({ type: 'LoadBalancer' }, { sessionAffinity: 'ClientIP' }),
      },
      { requiredKeys: ['existing'] },
    ),
  );
}

/** Valid migrations as a user writes them; `name` is always declared, and `phase` is any of the plan's. */
export function migrationInput(
  routing: fc.Arbitrary<MigrationInput['routing']> = fc.constantFrom(undefined, 'gateway-api'),
): fc.Arbitrary<MigrationInput & { name: string }> {
  const shape = fc.record({
    name: label,
    namespace: label,
    ports,
    ends: fc.constantFrom('done' as const, 'onboard' as const, 'split' as const, 'standby' as const),
    existing: fc.boolean(),
    app: fc.option(label, { nil: undefined }),
    routing,
  });
  return shape
    .chain(({ name, namespace, ports: declaredPorts, ends, existing, app, routing: output }) => {
      const names = Object.keys(declaredPorts);
      const http = names.filter((one) => HTTP_NAMES.includes(one));
      const ofGatewayApi = output === 'gateway-api';
      const ruled = ofGatewayApi ? http.filter((one) => !/^grpc(-orders)?$/.test(one)) : http;
      const existingPods = existing && ends !== 'onboard';
      return fc.record(
        {
          name: fc.constant(name),
          namespace: fc.constant(namespace),
          ports: fc.constant(declaredPorts),
          course: course(ends, existingPods),
          kubernetes: ends === 'onboard' ? fc.constant(undefined) : pods(names, existingPods, app ?? name),
          app: fc.constant(app),
          vm: vm(names),
          service: service(),
          aliases: fc.uniqueArray(dnsName, { maxLength: http.length > 0 ? 2 : 0 }),
          gateways: gateways(http.length > 0),
          rules: rules(ruled, ofGatewayApi),
          trafficPolicy,
          routing: fc.constant(output),
          sessions: fc.constantFrom<NonNullable<MigrationInput['shift']>['sticky']>(
            { cookie: 'side', maxAge: '30m' },
            { header: 'x-side' },
          ),
          at: fc.nat(),
        },
        {
          requiredKeys: ['name', 'namespace', 'ports', 'course', 'kubernetes', 'app', 'routing', 'at'],
        },
      );
    })
    .map(({ course: way, at, sessions, ...rest }) => {
      const hasHttp = Object.keys(rest.ports).some((one) => HTTP_NAMES.includes(one));
      const sticky = way.shift && hasHttp && rest.routing === undefined ? sessions : undefined;
      const input = {
        ...rest,
        ...way,
        ...(sticky && { shift: { ...way.shift, sticky } }),
        phase: 'onboard', // every plan has it
      };
      const phases = plan(defineMigration(input));
      return { ...input, phase: phases[at % phases.length]?.name ?? input.phase };
    });
}

/** Valid facts of a mesh, before and after Istio 1.22. */
export function meshInput(): fc.Arbitrary<MeshInput> {
  return fc.record(
    {
      kubernetes: fc.constantFrom('1.24', '1.29.3', '1.30', '1.34.1'),
      istio: fc.constantFrom('1.10', '1.15', '1.15.3', '1.21.6', '1.22', '1.22.0', '1.30.1'),
      network: fc.constantFrom('network1', 'pods'),
      trustDomain: fc.constantFrom('cluster.local', 'corp.example'),
      clusterDomain: fc.constantFrom('cluster.local', 'k8s.example'),
      namespace: fc.constantFrom('istio-system', 'istio'),
      revision: fc.constantFrom('stable', '1-22'),
      expansionGateway: fc.record({ service: label, render: fc.boolean() }, { requiredKeys: [] }),
    },
    { requiredKeys: ['istio'] },
  );
}
