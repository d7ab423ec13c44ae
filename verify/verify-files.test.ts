import { defineMesh, defineMigration } from '../config';
import { renderPhase } from '../constructs';
import { toYaml } from '../output/yaml';
import { plan } from '../plan/plan';
import { verifyFiles } from '.';

const service = (name: string, extra = '') =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports:\n    - port: 80\n${extra}`;

/** A rendered dist/ of one migration in two environments, at different phases. */
function dist(change: (file: string, text: string) => string = (_, text) => text) {
  const files = (['prod', 'staging'] as const).flatMap((environment) => {
    const migration = defineMigration(
      {
        namespace: 'demo',
        phase: 'onboard',
        ports: { http: 80, tcp: 8083 },
        vm: { serviceAccount: 'analytics' },
        kubernetes: { image: 'a:1' },
      },
      'analytics',
    );
    return plan(migration).flatMap((phase, index) => {
      const layers = renderPhase(migration, defineMesh({ istio: '1.24' }), phase);
      const folder = `dist/${environment}/analytics`;
      const text = (layer: keyof typeof layers) => layers[layer].map(toYaml).join('---\n');
      const preview = (['vm', 'workload', 'routing'] as const).map(text).join('---\n');
      const number = String(index + 1).padStart(2, '0');
      const current = phase.name === (environment === 'prod' ? 'onboard' : 'shift-50');
      return [
        { file: `${folder}/phases/${number}-${phase.name}.yaml`, text: preview },
        ...(current
          ? (['vm', 'workload', 'routing'] as const).map((layer) => ({
              file: `${folder}/${layer}/manifests.yaml`,
              text: text(layer),
            }))
          : []),
      ];
    });
  });
  return files.map(({ file, text }) => ({ file, text: change(file, text) }));
}

const first = (from: string, to: string, which: RegExp) =>
  dist((file, text) => (which.test(file) ? text.replace(from, to) : text));

describe('a rendered dist/', () => {
  test('environments and previews do not clash', () => {
    const { findings, files, withoutSchema } = verifyFiles(dist());
    expect(findings).toEqual([]);
    expect(withoutSchema).toEqual({});
    expect(files).toBe(2 * 12 + 2 * 3);
  });

  test('an error in one environment is found there, and named by file and line', () => {
    const files = first('mode: PERMISSIVE', 'mode: PERMISIVE', /staging.*\/vm\//);
    const { findings } = verifyFiles(files);
    expect(findings).toHaveLength(1);
    const lines = files
      .find(({ file }) => file === 'dist/staging/analytics/vm/manifests.yaml')
      ?.text.split('\n');
    expect(findings[0]).toMatchObject({
      id: 'MF102',
      file: 'dist/staging/analytics/vm/manifests.yaml',
      line: (lines?.findIndex((line) => line.includes('PERMISIVE')) ?? 0) + 1,
    });
  });

  test('what all previews repeat is told once', () => {
    const { findings } = verifyFiles(first('mode: PERMISSIVE', 'mode: PERMISIVE', /phases/));
    expect(findings.map(({ id, file }) => [id, file])).toEqual([
      ['MF102', 'dist/prod/analytics/phases/01-onboard.yaml'],
    ]);
  });

  test('a preview that is missing is a way that cannot be gone', () => {
    const { findings } = verifyFiles(dist().filter(({ file }) => !file.endsWith('11-release.yaml')));
    expect(findings.map(({ id, message }) => [id, message.slice(0, 34)])).toEqual([
      ['MF601', 'between 10-retire and 12-done, whe'],
    ]);
  });
});

describe('any folder', () => {
  test('lists, JSON, anchors and several documents are read', () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'a' },
          spec: { ports: [{ port: 80 }], prots: [] },
        },
      ],
    });
    const anchors = `${service('b')}---\n${service('c', '  selector: &s { app: c }\n  externalIPs: *s\n')}`;
    const { findings, objects } = verifyFiles([
      { file: 'list.json', text: list },
      { file: 'b.yaml', text: anchors },
    ]);
    expect(objects).toBe(3);
    expect(findings).toMatchObject([
      { id: 'MF102', object: 'Service c', path: 'spec.externalIPs', line: 17 },
      { id: 'MF101', object: 'Service a', path: 'spec.prots', line: 1 },
    ]);
  });

  test('objects of other kinds are counted, other files are passed over', () => {
    const { objects, files, withoutSchema } = verifyFiles([
      {
        file: 'kustomization.yaml',
        text: 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      },
      { file: 'values.yaml', text: 'replicas: 1\n' },
      { file: 'chart.yaml', text: 'name: {{ .Values.name }}\n' },
    ]);
    expect({ objects, files, withoutSchema }).toEqual({
      objects: 1,
      files: 1,
      withoutSchema: { Kustomization: 1 },
    });
  });

  test('a file that cannot be read is a finding, and does not hide the others', () => {
    const bomb = Array.from(
      { length: 9 },
      (_, n) =>
        `${'abcdefghij'[n + 1]}: &${'abcdefghij'[n + 1]} [${Array(10).fill(`*${'abcdefghij'[n]}`).join(', ')}]`,
    );
    const { findings, objects } = verifyFiles([
      {
        file: 'open.yaml',
        text: `# one\n---\napiVersion: v1\nkind: "Service\n---\n${service('a', '  x: 1\n')}`,
      },
      { file: 'bomb.yaml', text: ['apiVersion: v1', 'kind: ConfigMap', 'a: &a [x]', ...bomb].join('\n') },
      { file: 'latin.yaml', reason: 'it is not UTF-8 text' },
      { file: 'workflow.yaml', text: 'on: "push' },
    ]);
    expect(objects).toBe(1);
    expect(findings.map(({ id, file, line }) => [id, file, line])).toEqual([
      ['MF001', 'bomb.yaml', 7],
      ['MF001', 'latin.yaml', 1],
      ['MF001', 'open.yaml', expect.any(Number)],
      ['MF101', 'open.yaml', 13],
    ]);
    expect(findings[0]?.message).toContain('aliases would expand');
  });

  test('a key that is written twice is told with its line', () => {
    const { findings } = verifyFiles([
      { file: 'twice.yaml', text: `${service('a')}  ports: [{ port: 81 }]\n` },
    ]);
    expect(findings).toMatchObject([{ id: 'MF002', severity: 'error', path: 'spec.ports', line: 8 }]);
  });

  test('the findings of two folders are both told, though their objects have one name', () => {
    const broken = service('web', '  x: 1\n');
    const { findings } = verifyFiles(
      ['a', 'b'].map((folder) => ({ file: `${folder}/web.yaml`, text: broken })),
    );
    expect(findings.map(({ id, file }) => [id, file])).toEqual([
      ['MF101', 'a/web.yaml'],
      ['MF101', 'b/web.yaml'],
    ]);
  });
});

describe('what holds no manifests yet is left out, with the command that makes some', () => {
  const partial = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 3 }\n';
  const look = (files: Record<string, string>) =>
    verifyFiles(Object.entries(files).map(([file, text]) => ({ file, text })));

  test('the templates of a chart', () => {
    const { findings, objects } = look({
      'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'charts/web/values.yaml': 'replicas: 1\n',
      'charts/web/templates/a.yaml': '{{- if .Values.a }}\napiVersion: v1\nkind: Service\n{{ end }}\n',
      'charts/web/templates/b.yaml': partial,
      'charts/web/crds/c.yaml': service('c'),
    });
    expect(objects).toBe(1);
    expect(findings).toMatchObject([
      {
        id: 'MF003',
        severity: 'note',
        file: 'charts/web/Chart.yaml',
        message: expect.stringContaining('2 templates are not checked'),
        fix: expect.stringContaining('helm template charts/web | meshferry verify -'),
      },
    ]);
  });

  test('the patches of a kustomization, however it lists them', () => {
    const { findings, objects } = look({
      'prod/kustomization.yaml':
        'patches: [{ path: ../shared/a.yaml }, b.yaml]\npatchesStrategicMerge: [c.yaml, "kind: x\\n"]\npatchesJson6902: [{ path: d.yaml }]\n',
      'shared/a.yaml': service('a', '  x: 1\n'),
      'prod/b.yaml': partial,
      'prod/c.yaml': service('c', '  x: 1\n'),
      'prod/d.yaml': '- op: add\n',
      'prod/e.yaml': service('e'),
    });
    expect(objects).toBe(1);
    expect(findings).toMatchObject([
      {
        id: 'MF003',
        file: 'prod/kustomization.yaml',
        message: expect.stringContaining('3 patches'),
        fix: expect.stringContaining('kustomize build prod | meshferry verify -'),
      },
    ]);
  });

  test.each([
    ['a template', 'x.yaml', 'apiVersion: v1\nkind: Service\nmetadata: { name: {{ .Values.name }} }\n'],
    ['a patch by its name', 'deploy-patch.yaml', partial],
    ['a patch by its folder', 'patches/web.yaml', partial],
    ['a patch by its directive', 'x.yaml', `${service('a')}$patch: delete\n`],
    ['a Deployment without its pods', 'x.yaml', partial],
  ])('%s', (_, file, text) => {
    const { findings, objects } = look({ [file]: text });
    expect(objects).toBe(0);
    expect(findings).toMatchObject([{ id: 'MF003', severity: 'note', file }]);
  });
});

describe('only what is wrong whatever else exists is an error', () => {
  const named = (name: string, namespace = 'demo') =>
    service(name).replace('metadata:', `metadata:\n  namespace: ${namespace}`);
  const declared = (files: Record<string, string>, complete = false) =>
    verifyFiles(
      Object.entries(files).map(([file, text]) => ({ file, text })),
      { complete },
    ).findings.map(({ id, severity, file }) => [id, severity, file]);

  test.each([
    ['environments', { 'prod/web.yaml': named('web'), 'staging/web.yaml': named('web') }],
    ['files that name no namespace', { 'v1.yaml': service('web'), 'v2.yaml': service('web') }],
  ])('%s are alternatives, and no duplicates', (_, files) => {
    expect(declared(files)).toEqual([]);
    expect(declared(files, true)).toMatchObject([['MF104', 'error', Object.keys(files)[1]]]);
  });

  test('one object twice in one file is an error', () => {
    expect(declared({ 'a.yaml': `${service('web')}---\n${service('web')}` })).toEqual([
      ['MF104', 'error', 'a.yaml'],
    ]);
  });

  test('in two resources of one kustomization it is told, since kustomize refuses them', () => {
    const files = { 'x/a.yaml': service('web'), 'x/b.yaml': service('web') };
    expect(declared({ ...files, 'x/kustomization.yaml': 'resources: [a.yaml, b.yaml]\n' })).toContainEqual([
      'MF104',
      expect.anything(),
      'x/b.yaml',
    ]);
    expect(declared(files)).toEqual([]);
  });

  const rule = (namespace: string, subset: string) => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web${namespace && `, namespace: ${namespace}`} }
spec: { host: web, subsets: [{ name: ${subset}, labels: { version: v1 } }] }
`;
  const routes = (namespace: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web${namespace && `, namespace: ${namespace}`} }
spec: { hosts: [web], http: [{ route: [{ destination: { host: web, subset: v1 } }] }] }
`;

  test.each([
    ['in one file', { 'a.yaml': `${rule('', 'v2')}---${routes('')}` }, 'error'],
    ['in one namespace', { 'a/rule.yaml': rule('demo', 'v2'), 'b/routes.yaml': routes('demo') }, 'error'],
    [
      'in one folder, of whatever namespace',
      { 'rule.yaml': rule('', 'v2'), 'routes.yaml': routes('') },
      'note',
    ],
  ])('a subset that is missing %s', (_, files, severity) => {
    const found = declared(files as unknown as Record<string, string>);
    expect(found.filter(([id]) => id === 'MF202')).toMatchObject([['MF202', severity, expect.anything()]]);
  });

  test('what another environment lacks is no problem of this one', () => {
    const found = declared({
      'prod/rule.yaml': rule('demo', 'v2'),
      'prod/web.yaml': named('web'),
      'staging/routes.yaml': routes('demo'),
      'staging/web.yaml': named('web'),
    });
    expect(found.filter(([, severity]) => severity === 'error')).toEqual([]);
  });

  test.each([
    `${'$'}{PORT}`,
    '{{ port }}',
    '<port>',
    '$(PORT)',
    '$$port$$',
    'THE_PORT',
    '__PORT__',
    '$PORT',
    'REPLACEME',
    'ENC[AES256_GCM,data:x]',
  ])('a value that is filled in later cannot be judged: %s', (value) => {
    const text = service('web').replace('port: 80', () => `port: "${value}"`);
    expect(declared({ 'a.yaml': text })).toEqual([['MF102', 'note', 'a.yaml']]);
    expect(declared({ 'a.yaml': text.replace(value, 'port') })).toEqual([['MF102', 'error', 'a.yaml']]);
  });

  test('what SOPS writes beside a Secret is taken out before it is applied', () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nsops: { mac: "ENC[x]" }\n';
    expect(declared({ 'a.yaml': secret }).filter(([, severity]) => severity === 'error')).toEqual([]);
  });

  test('a name may be left to the API server', () => {
    expect(declared({ 'a.yaml': service('web').replace('name: web', 'generateName: web-') })).toEqual([]);
  });

  test('what kustomize may add to a resource is no error: a selector, a namespace, a neighbour', () => {
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: "3"
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web:1 }] }
`;
    const found = (resources: string) =>
      declared({
        'base/deployment.yaml': deployment,
        'base/kustomization.yaml': `resources: [${resources}]\ncommonLabels: { app: web }\n`,
      });
    expect(found('deployment.yaml')).toContainEqual(['MF102', 'note', 'base/deployment.yaml']);
    expect(found('deployment.yaml')).toContainEqual(['MF102', 'error', 'base/deployment.yaml']);
    expect(found('').filter(([, severity]) => severity === 'note')).toEqual([]);
  });
});

describe('what an object is meant to be is no error', () => {
  const annotated = (lines: string) =>
    verifyFiles([
      {
        file: 'a.yaml',
        text: service('web', '  x: 1\n').replace(
          '  name: web',
          `  name: web\n  annotations:\n    meshferry.dev/ignore: ${JSON.stringify(lines)}`,
        ),
      },
    ]).findings;

  test('where its annotation gives a reason', () => {
    expect(annotated('MF301: none; MF101: the API server of ours has it')).toMatchObject([
      { id: 'MF101', severity: 'ignored', reason: 'the API server of ours has it' },
    ]);
  });

  test.each([
    ['MF101', '"MF101" gives no reason'],
    ['MF101:', '"MF101:" gives no reason'],
    ['because', '"because" gives no reason'],
    ['MF999: because', 'there is no check MF999'],
  ])('%j ignores nothing, and is a finding itself', (line, message) => {
    expect(annotated(line)).toMatchObject([
      { id: 'MF004', severity: 'error', line: 6, message: expect.stringContaining(message) },
      { id: 'MF101', severity: 'error' },
    ]);
  });
});
