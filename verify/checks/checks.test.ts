import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMAS } from '../../imports/schemas';
import { ALL_CHECKS, readSources, verifyManifests } from '..';
import { CHECKS } from '.';
import { CASES, type Case } from './broken.fixture';
import { HEALTHY } from './healthy.fixture';

function broken({ from, to }: Case): string {
  if (from === undefined) return `${HEALTHY}\n${to}`;
  expect(HEALTHY).toContain(from);
  return HEALTHY.replace(from, to);
}

test('nothing is found where nothing is wrong', () => {
  expect(verifyManifests(readSources('demo.yaml', HEALTHY))).toEqual([]);
});

test.each(CASES)('$id finds $what', (one) => {
  const findings = verifyManifests(readSources('demo.yaml', broken(one)), { view: 'rendering' });
  const { id, object, path, message, fix, severity = 'error' } = one;
  expect(findings.filter((finding) => finding.id === id && finding.severity === severity)).toContainEqual(
    expect.objectContaining({ object, path, message, ...(fix && { fix }) }),
  );
});

test('a finding names the line of its field', () => {
  const text = HEALTHY.replace('weight: 25', 'weight: 15');
  const [finding] = verifyManifests(readSources('demo.yaml', text));
  const line = text.split('\n').findIndex((one) => one.includes('name: api')) + 1;
  expect(finding).toMatchObject({ id: 'MF403', file: 'demo.yaml', line: line + 3 });
});

test('every check has a case here, a page in the docs, and a row in their table', () => {
  const docs = join(__dirname, '../../docs');
  const table = readFileSync(join(docs, 'reference/checks.md'), 'utf8');
  const ids = CHECKS.map(({ id }) => id);
  expect(new Set(CASES.map(({ id }) => id))).toEqual(new Set(ids));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, title } of ALL_CHECKS) {
    expect(readFileSync(join(docs, `checks/${id}.md`), 'utf8')).toContain(`# ${id}: ${title}\n`);
    expect(table).toContain(`| [${id}](../checks/${id}.md) | ${title} |\n`);
  }
});

describe('what is not in the files may exist in the cluster', () => {
  const existing = HEALTHY.split('---\n').filter(
    (document) => !/kind: (Service|Deployment|Gateway|Namespace)\n/.test(document),
  );

  test.each(['files', 'rendering'] as const)(
    'a host, pods and a gateway elsewhere are notes in %s',
    (view) => {
      const findings = verifyManifests(readSources('demo.yaml', existing.join('---\n')), { view });
      expect(findings.map(({ id, severity, path }) => ({ id, severity, path }))).toEqual([
        { id: 'MF201', severity: 'note', path: 'spec.http[0].route[0].destination.host' },
        { id: 'MF203', severity: 'note', path: 'spec.gateways[1]' },
        { id: 'MF204', severity: 'note', path: 'spec.host' },
        { id: 'MF501', severity: 'note', path: 'spec.subsets[1]' },
      ]);
    },
  );

  test('in a whole cluster they are missing, and errors', () => {
    const findings = verifyManifests(readSources('demo.yaml', existing.join('---\n')), { view: 'cluster' });
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });

  test('a name that is nearly one that is here is no error where other objects may exist', () => {
    const text = HEALTHY.replace('edge/public]', 'edge/publik]');
    expect(verifyManifests(readSources('demo.yaml', text))).toMatchObject([
      { id: 'MF203', severity: 'note' },
    ]);
  });

  test('in the context they are found, and not judged themselves', () => {
    const context = readSources('others.yaml', HEALTHY.replace('weight: 25', 'weight: 15'));
    const findings = verifyManifests(readSources('demo.yaml', existing.join('---\n')), { context });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(findings.map(({ id }) => id)).not.toContain('MF203');
  });

  test('a VM of another host with the same version label is none of this one', () => {
    const other = `
---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: { name: orders-v0, namespace: demo }
spec: { metadata: { labels: { app: orders, version: v0 } }, template: { serviceAccount: default } }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: orders, namespace: demo }
spec: { host: orders.demo.svc.cluster.local, subsets: [{ name: v0, labels: { version: v0 } }] }
`;
    const findings = verifyManifests(readSources('demo.yaml', HEALTHY + other));
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('two routes, one for each sort of request, do not hide each other', () => {
    const text = HEALTHY.replace('prefix: /api', 'regex: /a.*').replace(
      'match: [{ port: 80 }]',
      'match: [{ port: 80, uri: { regex: /b.* } }]',
    );
    expect(verifyManifests(readSources('demo.yaml', text))).toEqual([]);
  });
});

test('a schema is there for everything that another one refers to', () => {
  const text = JSON.stringify(SCHEMAS);
  const referred = new Set(Array.from(text.matchAll(/"#\/definitions\/([^"]+)"/g), ([, name]) => name));
  expect([...referred].filter((name) => !Object.hasOwn(SCHEMAS.definitions, name ?? ''))).toEqual([]);
});

test('Services of pods without a sidecar may lead to one port by two protocols', () => {
  const services = ['http', 'tcp'].map(
    (name) =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: demo }\nspec: { selector: { app: old }, ports: [{ name: ${name}, port: 80 }] }`,
  );
  const pod = (inject: boolean) =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: old, namespace: demo, labels: { app: old }, annotations: { sidecar.istio.io/inject: "${inject}" } }\nspec: { containers: [{ name: old, image: old }] }`;
  const found = (inject: boolean) =>
    verifyManifests(readSources('demo.yaml', [...services, pod(inject)].join('\n---\n'))).map(({ id }) => id);
  expect(found(true)).toContain('MF303');
  expect(found(false)).not.toContain('MF303');
});
