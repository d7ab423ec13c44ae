import { defineMesh } from '../define';
import { image } from './scalars';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

test.each([
  'analytics',
  'library/analytics:1',
  'ghcr.io/example/analytics:1.0.0',
  'localhost:5000/a/b/c_d__e---f:v1_2-rc.3',
  `registry.example.com/analytics@${DIGEST}`,
  `Registry.Example.com:443/analytics:1.0.0@${DIGEST}`,
])('%s is an image', (reference) => {
  expect(image.safeParse(reference).success).toBe(true);
});

test.each([
  ['white space', 'a b'],
  ['white space in front', ' a'],
  ['a line break behind', 'a:1\n'],
  ['an upper-case name', 'Analytics'],
  ['an address', 'https://ghcr.io/example/analytics'],
  ['an empty tag', 'a:'],
  ['two tags', 'a:1:2'],
  ['a tag of 129 characters', `a:${'1'.repeat(129)}`],
  ['half a digest', 'a@sha256:0123'],
  ['an empty part', 'a//b'],
  ['a variable that nobody fills in', `${'$'}{IMAGE}`],
])('%s makes no image', (_, reference) => {
  expect(image.safeParse(reference).success).toBe(false);
});

test('a long text is judged, and does not hold anybody up', () => {
  expect(image.safeParse(`${'a-'.repeat(50_000)}!`).success).toBe(false);
});

test.each(['repository', 'revision', 'server'])('Argo CD is given no %s with white space', (field) => {
  const argocd = { repository: 'https://git.example/mesh.git', [field]: 'a b' };
  expect(() => defineMesh({ istio: '1.24', gitops: { argocd } })).toThrow(/"a b" must not hold white space/);
});
