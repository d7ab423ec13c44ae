import { Testing } from 'cdk8s';
import { AgentAccess, type AgentAccessProps } from './agent-access';
import type { Manifest } from './render';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

function render(props: Partial<AgentAccessProps> = {}): Manifest[] {
  const chart = Testing.chart();
  new AgentAccess(chart, 'agent', {
    group: 'analytics-v0',
    namespace: 'smm-demo',
    workloadServiceAccount: 'default',
    ...props,
  });
  return Testing.synth(chart);
}

const roles = (manifests: Manifest[]) => manifests.filter((object) => object.kind === 'Role');
const rules = (manifests: Manifest[]) => roles(manifests).flatMap((role) => role.rules as Rule[]);

test('grants exactly what the agent needs', () => {
  const read = ['get', 'list', 'watch'];
  const [own, mesh] = roles(render());
  expect(own).toMatchObject({ metadata: { name: 'analytics-v0-agent', namespace: 'smm-demo' } });
  expect(own?.rules).toStrictEqual([
    {
      apiGroups: ['networking.istio.io'],
      resources: ['workloadgroups'],
      resourceNames: ['analytics-v0'],
      verbs: read,
    },
    { apiGroups: ['networking.istio.io'], resources: ['workloadentries'], verbs: read },
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['istio-ca-root-cert'], verbs: read },
    {
      apiGroups: [''],
      resources: ['serviceaccounts/token'],
      resourceNames: ['default', 'analytics-v0-agent'],
      verbs: ['create'],
    },
  ]);
  expect(mesh).toMatchObject({
    metadata: { name: 'smm-demo.analytics-v0-agent', namespace: 'istio-system' },
  });
  expect(mesh?.rules).toStrictEqual([
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['istio', 'istio-sidecar-injector'],
      verbs: read,
    },
    { apiGroups: [''], resources: ['services'], resourceNames: ['istio-eastwestgateway'], verbs: read },
  ]);
});

test('only WorkloadEntries are not bound to a name, and they can only be read', () => {
  const unbound = rules(render()).filter((rule) => !rule.resourceNames);
  expect(unbound.map((rule) => rule.resources)).toStrictEqual([['workloadentries']]);
  const writes = rules(render()).filter((rule) =>
    rule.verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)),
  );
  expect(writes.map((rule) => rule.resources)).toStrictEqual([['serviceaccounts/token']]);
});

test('uses no wildcard', () => {
  for (const rule of rules(render())) {
    expect([
      ...rule.apiGroups,
      ...rule.resources,
      ...rule.verbs,
      ...(rule.resourceNames ?? []),
    ]).not.toContain('*');
  }
});

test('binds both Roles to the agent in its own namespace', () => {
  const bindings = render().filter((object) => object.kind === 'RoleBinding');
  expect(bindings.map((binding) => [binding.metadata.namespace, binding.metadata.name])).toStrictEqual([
    ['smm-demo', 'analytics-v0-agent'],
    ['istio-system', 'smm-demo.analytics-v0-agent'],
  ]);
  for (const binding of bindings) {
    expect(binding.roleRef).toStrictEqual({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'Role',
      name: binding.metadata.name,
    });
    expect(binding.subjects).toStrictEqual([
      { kind: 'ServiceAccount', name: 'analytics-v0-agent', namespace: 'smm-demo' },
    ]);
  }
});

test('a revisioned mesh: the ConfigMaps carry the revision', () => {
  const names = rules(render({ revision: 'cp-v115x', meshNamespace: 'mesh', gatewayService: 'expansion' }));
  expect(names.slice(-2).map((rule) => rule.resourceNames)).toStrictEqual([
    ['istio-cp-v115x', 'istio-sidecar-injector-cp-v115x'],
    ['expansion'],
  ]);
});
