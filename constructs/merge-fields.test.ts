import { mergeFields } from './merge-fields';

const merged = (derived: object, declared: object) =>
  mergeFields(
    { spec: { containers: [{ name: 'app', ...derived }] } },
    { spec: { containers: [{ name: 'app', ...declared }] } },
    'PodTemplateSpec',
  ).spec;

test.each([
  [
    'a mapping field by field',
    { resources: { limits: { cpu: '1' } } },
    { resources: { limits: { memory: '1Gi' }, requests: { cpu: '1' } } },
    { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1' } } },
  ],
  [
    'a list by its key, in the order of the derived one, the rest behind it',
    {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    {
      env: [
        { name: 'C', value: '3' },
        { name: 'B', value: '4' },
      ],
    },
    {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '4' },
        { name: 'C', value: '3' },
      ],
    },
  ],
  [
    'a list by two keys, of which one has a default',
    { ports: [{ containerPort: 53, name: 'a' }] },
    {
      ports: [
        { containerPort: 53, protocol: 'TCP', hostPort: 1 },
        { containerPort: 53, protocol: 'UDP' },
      ],
    },
    {
      ports: [
        { containerPort: 53, name: 'a', protocol: 'TCP', hostPort: 1 },
        { containerPort: 53, protocol: 'UDP' },
      ],
    },
  ],
  ['a list without a key as a whole', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
])('merges %s', (_, derived, declared, expected) => {
  expect(merged(derived, declared)).toStrictEqual({ containers: [{ name: 'app', ...expected }] });
});

test('a volume that is declared anew has its new source alone', () => {
  const derived = { spec: { volumes: [{ name: 'data', emptyDir: {} }] } };
  const declared = { spec: { volumes: [{ name: 'data', configMap: { name: 'a' } }] } };
  expect(mergeFields(derived, declared, 'PodTemplateSpec')).toStrictEqual(declared);
});

test('neither side is changed', () => {
  const derived = Object.freeze({ metadata: Object.freeze({ labels: Object.freeze({ app: 'a' }) }) });
  const declared = Object.freeze({ metadata: Object.freeze({ labels: Object.freeze({ team: 'b' }) }) });
  expect(mergeFields(derived, declared, 'PodTemplateSpec')).toStrictEqual({
    metadata: { labels: { app: 'a', team: 'b' } },
  });
});
