import { readManifests, readSources, UnreadableError } from './read';

const service = (name: string) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`;

test('documents are told apart as kubectl does, and each knows its line', () => {
  const text = `# a comment\n\n${service('a')}--- # next\n${service('b')}---\n---\n# nothing\n---   \n\n${service('c')}`;
  const { sources } = readManifests('x.yaml', text);
  expect(sources.map(({ line, manifest }) => [line, (manifest.metadata as { name: string }).name])).toEqual([
    [3, 'a'],
    [8, 'b'],
    [17, 'c'],
  ]);
  expect(sources[2]?.lineOf?.(['metadata', 'name'])).toBe(20);
});

test('a document that cannot be read does not hide the others', () => {
  const { sources, unreadable } = readManifests('x.yaml', `${service('a')}---\na: "\n---\n${service('b')}`);
  expect(sources).toHaveLength(2);
  expect(unreadable).toMatchObject([{ line: expect.any(Number), text: 'a: "\n' }]);
  expect(unreadable[0]?.line).toBeGreaterThanOrEqual(6);
});

test('kubectl refuses a separator that goes on', () => {
  expect(readManifests('x.yaml', `a: 1\n--- {b: 1}\n${service('a')}`).unreadable).toMatchObject([
    { line: 2, reason: expect.stringContaining('{b: 1}') },
  ]);
});

test('fields that are null are not there, as for the API server; items of lists stay', () => {
  const [source] = readManifests(
    'x.yaml',
    `${service('a')}  labels:\nspec: { ports: [~, { name: }] }\n`,
  ).sources;
  expect(source?.manifest).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a' },
    spec: { ports: [null, {}] },
  });
});

test('members of lists are objects of their own, with their repeated keys and lines', () => {
  const text = `apiVersion: v1\nkind: ServiceList\nitems:\n  - apiVersion: v1\n    kind: Service\n    metadata: { name: a, name: b }\n  - apiVersion: v1\n    kind: Service\n    metadata: { name: c }\n`;
  const { sources } = readManifests('x.yaml', text);
  expect(sources).toHaveLength(2);
  expect(sources[0]?.repeated).toEqual([{ path: ['metadata', 'name'], line: 6 }]);
  expect(sources[1]?.repeated).toBeUndefined();
  expect(sources[1]?.lineOf?.(['metadata'])).toBe(9);
});

test('JSON may be indented by tabs', () => {
  const { sources } = readManifests('x.json', '{\n\t"apiVersion": "v1",\n\t"kind": "Service"\n}\n');
  expect(sources[0]?.lineOf?.(['kind'])).toBe(3);
});

test('what is no Kubernetes object is left out', () => {
  const others = 'replicas: 1\n---\n- a\n---\napiVersion: v2\nname: chart\n---\ntext\n---\nkind: Service\n';
  expect(readManifests('x.yaml', others)).toEqual({ sources: [], unreadable: [] });
});

test('where files must be readable, the first problem is an error with its place', () => {
  expect(() => readSources('x.yaml', `${service('a')}---\na: @\n`)).toThrow(UnreadableError);
  expect(() => readSources('x.yaml', `${service('a')}---\na: @\n`)).toThrow('(x.yaml:6)');
});
