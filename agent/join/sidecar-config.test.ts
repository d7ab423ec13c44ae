import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type IstioctlCase, istioctlInputs, sidecarInputOf } from '../testing/istioctl-cases';
import { meshFile, type SidecarInput, sidecarConfig } from './sidecar-config';

const recorded = JSON.parse(readFileSync(join(__dirname, '../testing/istioctl-recorded.json'), 'utf8')) as {
  version: string;
  cases: IstioctlCase[];
};

/** The recorded cluster.env as a map. */
function environment(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [key = '', ...value] = line.split('=');
        const joined = value
          .join('=')
          .replaceAll(`'"'"'`, '\0')
          .replace(/^'(.*)'$/s, '$1')
          .replaceAll('\0', "'");
        return [key, joined];
      }),
  );
}

/** Go writes the list of ports in the random order of its map. */
function inOrder({ ISTIO_INBOUND_PORTS: ports = '', ...others }: Readonly<Record<string, string>>) {
  return { ...others, ISTIO_INBOUND_PORTS: ports.split(',').sort().join(',') };
}

describe('what istioctl x workload entry configure writes', () => {
  test('the recorded inputs are the current ones', () => {
    expect(recorded.cases.map((each) => each.input)).toEqual(istioctlInputs());
    expect(recorded.cases.length).toBeGreaterThanOrEqual(100);
  });

  test.each(recorded.cases.map((each, index) => [index, each] as const))(
    'group %d',
    (_, { input, expected }) => {
      const { proxyConfig, clusterEnv } = sidecarConfig(sidecarInputOf(input));
      expect(parse(meshFile(proxyConfig))).toEqual(parse(expected.mesh));
      expect(inOrder(clusterEnv)).toEqual(inOrder(environment(expected.clusterEnv)));
    },
  );
});

describe('beyond istioctl', () => {
  const input: SidecarInput = {
    group: { metadata: { name: 'analytics-v0', namespace: 'smm-demo' }, spec: {} },
    proxyConfigs: [],
    mesh: { trustDomain: '', defaultConfig: {} },
    clusterName: '',
    istioNamespace: 'istio-system',
    dnsCapture: true,
  };

  test('a group without a service account gets `default`, where istioctl fails', () => {
    expect(sidecarConfig(input).clusterEnv.SERVICE_ACCOUNT).toBe('default');
  });

  test('a mesh without defaults captures every port', () => {
    expect(sidecarConfig(input).clusterEnv.ISTIO_INBOUND_PORTS).toBe('*');
  });
});
