import { Chart, Testing } from 'cdk8s';
import { AgentAccess, type AgentAccessProps } from './agent-access';
import type { Manifest } from './render';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

function render(props: Partial<AgentAccessProps> = {}): Manifest[] {
  const chart = new Chart(Testing.app(), 'test', { namespace: 'smm-demo' });
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
    { apiGroups: ['networking.istio.io'], resources: ['workloadentries'], verbs: ['get'] },
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

test('only WorkloadEntries are not bound to a name: they can be read by it, and not listed', () => {
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

describe('machines with accounts of their own', () => {
  const machines = [
    { name: 'vm-1', address: '10.0.0.5' },
    { name: 'vm-2', address: '2001:db8::1' },
    { name: 'vm-3' },
  ];
  const names = (kind: string, manifests: Manifest[]) =>
    manifests.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

  test('each has an account and a Role, and there is no account that they share', () => {
    const manifests = render({ machines });
    const accounts = ['analytics-v0-agent.vm-1', 'analytics-v0-agent.vm-2', 'analytics-v0-agent.vm-3'];
    expect(names('ServiceAccount', manifests)).toStrictEqual(accounts);
    expect(names('Role', manifests)).toStrictEqual([...accounts, 'smm-demo.analytics-v0-agent']);
    const bindings = manifests.filter((object) => object.kind === 'RoleBinding');
    expect(
      bindings.map(({ subjects }) => (subjects as { name: string }[]).map(({ name }) => name)),
    ).toStrictEqual([...accounts.map((account) => [account]), accounts]);
  });

  test('each renews its own token, and no other', () => {
    const tokens = rules(render({ machines })).filter(
      ({ resources }) => resources[0] === 'serviceaccounts/token',
    );
    expect(tokens.map(({ resourceNames }) => resourceNames)).toStrictEqual([
      ['default', 'analytics-v0-agent.vm-1'],
      ['default', 'analytics-v0-agent.vm-2'],
      ['default', 'analytics-v0-agent.vm-3'],
    ]);
  });

  test('where its address is known, each reads its own entry alone', () => {
    const entries = (props: Partial<AgentAccessProps>) =>
      rules(render({ machines, ...props }))
        .filter(({ resources }) => resources[0] === 'workloadentries')
        .map(({ resourceNames }) => resourceNames?.[0]);
    expect(entries({})).toStrictEqual(['analytics-v0-10.0.0.5', 'analytics-v0-2001-db8--1', undefined]);
    expect(entries({ network: 'vm-network' })).toStrictEqual([
      'analytics-v0-10.0.0.5-vm-network',
      'analytics-v0-2001-db8--1-vm-network',
      undefined,
    ]);
  });
});

describe('the tokens that agents may ask for', () => {
  const policies = (props: Partial<AgentAccessProps>) =>
    render(props).filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));

  test.each([undefined, '1.29', '1.29.7', '1.3'])(
    'are bound by no policy where Kubernetes is %s',
    (kubernetes) => {
      expect(policies(kubernetes === undefined ? {} : { kubernetes })).toEqual([]);
    },
  );

  test('are bound by a policy from Kubernetes 1.30 on', () => {
    const machines = [{ name: 'vm-1' }, { name: 'vm-2' }];
    const [policy, binding] = policies({ kubernetes: '1.30', machines, workloadServiceAccount: 'analytics' });
    expect([policy, binding].map((object) => object?.metadata.namespace)).toEqual([undefined, undefined]);
    expect(binding).toMatchObject({
      metadata: { name: 'smm-demo.analytics-v0-agent' },
      spec: { policyName: policy?.metadata.name, validationActions: ['Deny'] },
    });
    expect(policy?.spec).toMatchObject({
      failurePolicy: 'Fail',
      matchConditions: [
        {
          expression:
            "request.userInfo.username in ['system:serviceaccount:smm-demo:analytics-v0-agent.vm-1', 'system:serviceaccount:smm-demo:analytics-v0-agent.vm-2']",
        },
      ],
      variables: expect.arrayContaining([{ name: 'isWorkload', expression: "request.name == 'analytics'" }]),
      validations: [
        expect.objectContaining({ expression: expect.stringContaining("['istio-ca']"), reason: 'Forbidden' }),
        expect.objectContaining({
          expression: expect.stringContaining('3600 : 2592000'),
          reason: 'Forbidden',
        }),
      ],
    });
  });
});

test('a revisioned mesh: the ConfigMaps carry the revision', () => {
  const names = rules(render({ revision: 'cp-v115x', meshNamespace: 'mesh', gatewayService: 'expansion' }));
  expect(names.slice(-2).map((rule) => rule.resourceNames)).toStrictEqual([
    ['istio-cp-v115x', 'istio-sidecar-injector-cp-v115x'],
    ['expansion'],
  ]);
});
