import { told, VALID } from '../../test/workspace';

const annotated = (proxyConfig: string) =>
  told({
    'migrations/a.yaml': `${VALID}vm:\n  annotations:\n    proxy.istio.io/config: |\n${proxyConfig.replace(/^/gm, '      ')}\n`,
  });

test.each([
  [
    'proxyMetadata: { EXEC_USER: root }',
    'says proxyMetadata.EXEC_USER, which is none of the settings of pilot-agent',
  ],
  ['proxy_metadata: { PATH: /tmp }', 'says proxyMetadata.PATH, which is none of the settings of pilot-agent'],
  [
    'proxyMetadata: { SECRET_TTL: 60 }',
    'says proxyMetadata.SECRET_TTL, which must be a text: put it in quotes',
  ],
  ['binaryPath: /bin/sh', 'says binaryPath, which names a file of the machine'],
  ['discoveryAddress: istiod.example:15012', 'says discoveryAddress, which names an istiod'],
  ['a: b: c', 'is not YAML'],
])('what its machines would refuse is refused, with its line: %s', (proxyConfig, words) => {
  const [first, ...more] = annotated(proxyConfig);
  expect(more).toEqual([]);
  expect(first).toContain(words);
  expect(first).toMatch(/at vm\.annotations\["?proxy\.istio\.io\/config"?\] \(migrations\/a\.yaml:\d+\)$/);
});

test("pilot-agent's settings pass", () => {
  expect(annotated('concurrency: 2\nproxyMetadata: { SECRET_TTL: 1h, ISTIO_META_ANY: "a; b" }')).toEqual([]);
});
