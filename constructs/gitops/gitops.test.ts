import fc from 'fast-check';
import { defineMesh, defineMigration, type LoadedMigration, type MeshInput } from '../../config';
import { filesOf } from '../../output';
import { renderSync } from './render';
import { syncName } from './sync-name';

function declared(
  name: string,
  environment: string,
  gitops: MeshInput['gitops'],
  more: Partial<MeshInput> = {},
): LoadedMigration {
  const mesh = defineMesh({ istio: '1.24', ...(gitops && { gitops }), ...more });
  const migration = defineMigration(
    { namespace: 'demo', phase: 'pin', ports: { http: 80 }, kubernetes: { image: 'a:1' } },
    name,
  );
  return { migration, mesh, id: `${environment}/${name}`, environment, file: `migrations/${name}.yaml` };
}

test('Flux: a Kustomization for each layer in each phase, and one that syncs them', () => {
  const files = renderSync([declared('shop', 'prod', { flux: { interval: '1m' } })]);
  expect([...files.keys()]).toEqual(['prod/mesh/sync/shop.yaml', 'prod/mesh/bootstrap/manifests.yaml']);
  expect(files.get('prod/mesh/sync/shop.yaml')?.map(({ metadata }) => metadata.name)).toEqual([
    'prod.shop.vm',
    'prod.shop.workload',
    'prod.shop.routing',
  ]);
  expect(files.get('prod/mesh/sync/shop.yaml')?.[2]).toEqual({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: 'prod.shop.routing',
      namespace: 'flux-system',
      labels: { 'app.kubernetes.io/managed-by': 'meshferry' },
    },
    spec: {
      deletionPolicy: 'Orphan',
      force: false,
      interval: '1m',
      path: './dist/prod/shop/routing',
      prune: true,
      retryInterval: '15s',
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      timeout: '1m',
      wait: false,
    },
  });
  expect(files.get('prod/mesh/bootstrap/manifests.yaml')?.[0]).toMatchObject({
    metadata: { name: 'prod.meshferry' },
    spec: { path: './dist/prod/mesh/sync', prune: true, deletionPolicy: 'Orphan' },
  });
});

test('Argo CD: an Application for each layer, without a finalizer', () => {
  const argocd = { repository: 'https://git.example/mesh.git' };
  const [, , routing] =
    renderSync([declared('shop', '', { argocd, path: 'infra/dist' })]).get('mesh/sync/shop.yaml') ?? [];
  expect(routing).toEqual({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      annotations: { 'argocd.argoproj.io/sync-wave': '2' },
      labels: { 'app.kubernetes.io/managed-by': 'meshferry' },
      name: 'shop.routing',
      namespace: 'argocd',
    },
    spec: {
      destination: { server: 'https://kubernetes.default.svc' },
      project: 'default',
      source: {
        path: 'infra/dist/shop/routing',
        repoURL: 'https://git.example/mesh.git',
        targetRevision: 'HEAD',
      },
      syncPolicy: {
        automated: { allowEmpty: false, prune: true, selfHeal: true },
        retry: { backoff: { duration: '2s', factor: 2, maxDuration: '10s' }, limit: 5 },
        syncOptions: ['CreateNamespace=false', 'RespectIgnoreDifferences=false', 'ServerSideApply=true'],
      },
    },
  });
});

test('every folder that is rendered to be applied is synced, and no other', () => {
  const flux = { flux: {} };
  const migrations = [
    declared('shop', 'prod', flux, { expansionGateway: { render: true } }),
    declared('cart', 'prod', flux, { expansionGateway: { render: true } }),
    declared('shop', 'staging', undefined),
  ];
  const folders = [...filesOf(migrations).keys()]
    .map((path) => path.split('/').slice(0, -1).join('/'))
    .filter(
      (folder) => !folder.endsWith('/phases') && folder.startsWith('prod/') && !folder.endsWith('bootstrap'),
    );
  const synced = [...renderSync(migrations).values()]
    .flat()
    .map(({ spec }) => (spec as { path: string }).path.replace('./dist/', ''));
  expect([...new Set(synced)].sort()).toEqual([...new Set(folders)].sort());
});

test('what syncs a layer does not change with the phase', () => {
  const of = (phase: string) => {
    const one = declared('shop', '', { flux: {} });
    return renderSync([{ ...one, migration: { ...one.migration, phase } }]);
  };
  expect(of('done')).toEqual(of('onboard'));
});

describe('names', () => {
  test.each([
    [['', 'shop', 'vm'], 'shop.vm'],
    [['eu/prod', 'shop', 'vm'], 'eu.prod.shop.vm'],
    [['Prod_EU', 'shop', 'vm'], /^prod-eu\.shop\.vm-[0-9a-f]{8}$/],
    [['prod', 'x'.repeat(63), 'routing'], /^prod\.x{49}-[0-9a-f]{8}$/],
  ])('of %j', (steps, name) => {
    expect(syncName(steps)).toEqual(typeof name === 'string' ? name : expect.stringMatching(name));
  });

  test('are taken by Kubernetes, as a label too, and differ for different folders', () => {
    const folder = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,40}$/);
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/);
    const steps = fc.tuple(
      fc.oneof(fc.constant(''), folder),
      label,
      fc.constantFrom('vm', 'workload', 'routing'),
    );
    fc.assert(
      fc.property(steps, steps, (a, b) => {
        const name = syncName(a);
        expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
        expect(name.length).toBeLessThanOrEqual(63);
        if (a.join('/') !== b.join('/') && !`${a[0]}${b[0]}`.includes('.'))
          expect(syncName(b)).not.toBe(name);
      }),
    );
  });
});
