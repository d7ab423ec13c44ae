import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { checkProxyConfig, PROXY_CONFIG_ANNOTATION, readProxyConfig } from '../../text/proxy-config';
import type { SidecarInput } from '../join/sidecar-config';
import type { WorkloadGroup } from '../kubernetes/objects';

/** Facts as Istio's own command reads them: what the ConfigMaps hold is text. */
export interface IstioctlInput extends Omit<SidecarInput, 'proxyConfigs' | 'mesh' | 'clusterName'> {
  /** Key `mesh` of istiod's ConfigMap, YAML. */
  readonly meshConfig: string;
  /** Key `values` of the injector's ConfigMap, JSON. */
  readonly injectorValues: string;
}

/** One set of facts, and what Istio's own command made of them. */
export interface IstioctlCase {
  readonly input: IstioctlInput;
  readonly expected: { readonly mesh: string; readonly clusterEnv: string };
}

/** The YAML that Go's parser reads: `y` and `on` are booleans there. */
const YAML = { version: '1.1' } as const;
const SEED = 20_261;
const CASES = 120;

const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/);
const text = fc.string({ unit: fc.constantFrom(...'aZ09 -_.,:/@%+=\'"$`\\!#&<>(){}*?;|~^é'), maxLength: 14 });
const labelKey = fc.oneof(
  fc.constantFrom(
    'app',
    'version',
    'app.kubernetes.io/name',
    'app.kubernetes.io/version',
    'service.istio.io/canonical-name',
    'service.istio.io/canonical-revision',
  ),
  name,
);
const labels = fc.dictionary(labelKey, fc.stringMatching(/^[a-zA-Z0-9][-a-zA-Z0-9_.]{0,8}[a-zA-Z0-9]$/), {
  maxKeys: 5,
});
const port = fc.integer({ min: 1, max: 65535 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const seconds = optional(fc.integer({ min: 0, max: 60 }));

const probe = fc.record(
  {
    method: fc.oneof(
      fc.record({
        httpGet: fc.record(
          {
            path: fc.constantFrom('/', '/healthz?full=1', ''),
            port,
            host: fc.constantFrom('127.0.0.1', 'localhost', ''),
            scheme: fc.constantFrom('HTTP', 'HTTPS'),
            httpHeaders: fc.array(fc.record({ name: name, value: text }), { maxLength: 2 }),
          },
          { requiredKeys: ['port'] },
        ),
      }),
      fc.record({ tcpSocket: fc.record({ port, host: name }, { requiredKeys: ['port'] }) }),
      fc.record({ exec: fc.record({ command: fc.array(text, { minLength: 1, maxLength: 3 }) }) }),
      fc.record({ grpc: fc.record({ port, service: name }, { requiredKeys: ['port'] }) }),
    ),
    initialDelaySeconds: seconds,
    timeoutSeconds: seconds,
    periodSeconds: seconds,
    successThreshold: seconds,
    failureThreshold: seconds,
  },
  { requiredKeys: ['method'] },
);

const proxyConfig = fc.record(
  {
    meshId: name,
    discoveryAddress: fc.constantFrom('istiod.other.svc:15012', ''),
    statusPort: fc.constantFrom(0, 15020, 15021, 15090, 16000),
    concurrency: fc.integer({ min: 0, max: 4 }),
    proxyMetadata: fc.dictionary(
      fc.constantFrom('A', 'ISTIO_META_DNS_AUTO_ALLOCATE', 'PROXY_XDS', 'TRUST_DOMAIN'),
      text,
      {
        maxKeys: 3,
      },
    ),
    holdApplicationUntilProxyStarts: fc.boolean(),
    drainDuration: fc.constantFrom('45s', '5s'),
    tracing: fc.constantFrom({ sampling: 10 }, { zipkin: { address: 'zipkin:9411' } }, {}),
    proxyStatsMatcher: fc.record({ inclusionPrefixes: fc.array(name, { maxLength: 2 }) }),
    interceptionMode: fc.constantFrom('REDIRECT', 'TPROXY'),
    extraStatTags: fc.array(name, { maxLength: 2 }),
    image: fc.constant({ imageType: 'distroless' }),
  },
  { requiredKeys: [] },
);

const input: fc.Arbitrary<IstioctlInput> = fc
  .record({
    name,
    namespace: name,
    annotations: optional(proxyConfig),
    specAnnotations: optional(proxyConfig),
    specLabels: optional(labels),
    templateLabels: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: labels },
    ),
    ports: optional(fc.dictionary(name, port, { maxKeys: 4 })),
    network: optional(name),
    serviceAccount: name,
    probe: optional(probe),
    defaultConfig: optional(proxyConfig),
    trustDomain: optional(name),
    clusterName: fc.constantFrom('Kubernetes', 'east-1', ''),
    revision: fc.constantFrom(undefined, undefined, 'default', 'canary', '1-22'),
    nodeIp: optional(fc.constantFrom('10.0.0.5', '2001:db8::5')),
    external: fc.boolean(),
    dnsCapture: fc.boolean(),
  })
  .map((facts) => {
    const over = (config: unknown) => ({ 'proxy.istio.io/config': stringify(config ?? {}, YAML) });
    const { method, ...timing } = facts.probe ?? {};
    const group: WorkloadGroup = {
      metadata: {
        name: facts.name,
        namespace: facts.namespace,
        ...(facts.annotations && { annotations: over(facts.annotations) }),
      },
      spec: {
        metadata: {
          ...(facts.specLabels && { labels: facts.specLabels }),
          ...(facts.specAnnotations && { annotations: over(facts.specAnnotations) }),
        },
        template: {
          serviceAccount: facts.serviceAccount,
          ...(facts.templateLabels && { labels: facts.templateLabels }),
          ...(facts.ports && { ports: facts.ports }),
          ...(facts.network && { network: facts.network }),
        },
        ...(method && { probe: { ...method, ...timing } as WorkloadGroup['spec']['probe'] }),
      },
    };
    const plain: IstioctlInput = {
      group,
      meshConfig: stringify(
        {
          accessLogFile: '/dev/stdout',
          ...(facts.trustDomain && { trustDomain: facts.trustDomain }),
          ...(facts.defaultConfig && { defaultConfig: withMetadata(facts.defaultConfig) }),
        },
        YAML,
      ),
      injectorValues: JSON.stringify({ global: { multiCluster: { clusterName: facts.clusterName } } }),
      istioNamespace: 'istio-system',
      ...(facts.revision && { revision: facts.revision }),
      ...(facts.nodeIp && { nodeIp: facts.nodeIp, external: facts.external }),
      dnsCapture: facts.dnsCapture,
    };
    return JSON.parse(JSON.stringify(plain)) as IstioctlInput;
  });

/** istioctl crashes where the mesh's defaults hold no proxyMetadata and a group's annotation does. */
function withMetadata(config: { proxyMetadata?: Record<string, string> }) {
  return { ...config, proxyMetadata: { SOME: 'value', ...config.proxyMetadata } };
}

/** The same inputs every time: groups of every shape, in meshes of every shape. */
export function istioctlInputs(): IstioctlInput[] {
  return fc.sample(input, { seed: SEED, numRuns: CASES });
}

/** The same facts as the agent hands them on, whatever it would refuse: Istio's own command takes any name and value. */
export function sidecarInputOf({ meshConfig, injectorValues, ...rest }: IstioctlInput): SidecarInput {
  const mesh = (parse(meshConfig) ?? {}) as { defaultConfig?: unknown; trustDomain?: string };
  const values = JSON.parse(injectorValues) as { global: { multiCluster: { clusterName: string } } };
  const { metadata, spec } = rest.group;
  const annotations = [metadata.annotations, spec.metadata?.annotations].map(
    (each) => each?.[PROXY_CONFIG_ANNOTATION],
  );
  return {
    ...rest,
    proxyConfigs: annotations.flatMap((text) =>
      text === undefined ? [] : [readProxyConfig(text, 'group').config],
    ),
    mesh: {
      trustDomain: mesh.trustDomain ?? '',
      defaultConfig: checkProxyConfig(mesh.defaultConfig ?? {}, 'mesh').config,
    },
    clusterName: values.global.multiCluster.clusterName,
  };
}
