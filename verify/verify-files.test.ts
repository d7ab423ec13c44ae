import { defineMesh, defineMigration } from '../config';
import { renderPhase } from '../constructs';
import { toYaml } from '../output/yaml';
import { plan } from '../plan/plan';
import { UnreadableFilesError, verifyFiles } from '.';

const service = (name: string, extra = '') =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports:\n    - port: 80\n${extra}`;

/** A rendered dist/ of one migration in two environments, at different phases. */
function dist(change: (file: string, text: string) => string = (_, text) => text) {
  const files = (['prod', 'staging'] as const).flatMap((environment) => {
    const migration = defineMigration(
      { namespace: 'demo', phase: 'onboard', ports: { http: 80, tcp: 8083 }, kubernetes: { image: 'a:1' } },
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
  test('files elsewhere are one state together', () => {
    const { findings } = verifyFiles([
      { file: 'a.yaml', text: service('web') },
      { file: 'b/c.yaml', text: `# second\n---\n${service('web')}` },
    ]);
    expect(findings).toMatchObject([
      { id: 'MF104', file: 'b/c.yaml', line: 6, message: expect.stringContaining('first in a.yaml') },
    ]);
  });

  test('lists, JSON, anchors and several documents are read', () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { prots: [] } }],
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

  test('files that cannot be read are all told, with their lines', () => {
    const bomb = Array.from(
      { length: 9 },
      (_, n) =>
        `${'abcdefghij'[n + 1]}: &${'abcdefghij'[n + 1]} [${Array(10).fill(`*${'abcdefghij'[n]}`).join(', ')}]`,
    );
    const broken = [
      { file: 'twice.yaml', text: `${service('a')}spec: {}\n` },
      { file: 'open.yaml', text: `# one\n---\napiVersion: v1\nkind: "Service\n` },
      { file: 'bomb.yaml', text: ['apiVersion: v1', 'kind: ConfigMap', 'a: &a [x]', ...bomb].join('\n') },
    ];
    const run = () => verifyFiles(broken);
    expect(run).toThrow(UnreadableFilesError);
    expect(run).toThrow('✖ duplicated mapping key (twice.yaml:8)');
    expect(run).toThrow(/\(open\.yaml:\d+\)/);
    expect(run).toThrow(/alias.*\(bomb\.yaml:1\)/);
  });
});
