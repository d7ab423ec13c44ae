import { parse } from 'yaml';
import { proxyMetadataProblem } from './proxy-metadata';

/** Annotation of a WorkloadGroup that holds a ProxyConfig, YAML. */
export const PROXY_CONFIG_ANNOTATION = 'proxy.istio.io/config';

/** Istio's ProxyConfig, its fields in camel case. */
export type ProxyConfig = Readonly<Record<string, unknown>>;

/** Something in a ProxyConfig that no machine takes. */
export interface ProxyConfigProblem {
  /** The field, e.g. `proxyMetadata.PATH`; empty: the whole. */
  readonly field: string;
  /** The rest of the sentence, its verb first. */
  readonly message: string;
}

/** No ProxyConfig is nearly as large. */
const LARGEST = 64 << 10;
/** Fields whose keys are data, not names of fields. */
export const MAPS: ReadonlySet<string> = new Set(['proxyMetadata', 'runtimeValues']);
/** Fields that name a program or a file of the machine, and what older installations of Istio write there. */
const OF_THE_MACHINE: Readonly<Record<string, string>> = {
  binaryPath: '/usr/local/bin/envoy',
  configPath: './etc/istio/proxy',
  customConfigFile: '',
  proxyBootstrapTemplatePath: '',
};

/**
 * Reads a ProxyConfig as a machine does.
 *
 * @param source where it stands: a `group` may not say which istiod the machine asks, the `mesh` may
 */
export function readProxyConfig(
  text: string,
  source: 'group' | 'mesh',
): { readonly config: ProxyConfig; readonly problems: readonly ProxyConfigProblem[] } {
  const refused = (message: string) => ({ config: {}, problems: [{ field: '', message }] });
  if (text.length > LARGEST) return refused(`has ${text.length} characters, more than any ProxyConfig needs`);
  let parsed: unknown;
  try {
    parsed = parse(text) ?? {};
  } catch (error) {
    return refused(`is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  return checkProxyConfig(parsed, source);
}

/** As {@link readProxyConfig}, of what is parsed already. */
export function checkProxyConfig(
  parsed: unknown,
  source: 'group' | 'mesh',
): { readonly config: ProxyConfig; readonly problems: readonly ProxyConfigProblem[] } {
  if (!isMapping(parsed))
    return { config: {}, problems: [{ field: '', message: 'is no mapping of fields' }] };
  const config = camelKeys(parsed);
  return { config, problems: [...problemsOf(config, source)] };
}

function* problemsOf(config: ProxyConfig, source: 'group' | 'mesh'): Iterable<ProxyConfigProblem> {
  for (const [field, value] of Object.entries(config)) {
    const usual = Object.hasOwn(OF_THE_MACHINE, field) ? OF_THE_MACHINE[field] : undefined;
    if (!/^[a-z][A-Za-z0-9]{0,62}$/.test(field)) yield { field, message: 'is no field of a ProxyConfig' };
    else if (usual !== undefined && value !== usual && value !== '')
      yield { field, message: 'names a file of the machine, which no manifest chooses' };
    else if (field === 'discoveryAddress' && source === 'group' && value !== '')
      yield { field, message: 'names an istiod, which the mesh and the machine choose' };
    else if (field === 'discoveryAddress' && !/^([A-Za-z0-9.-]{1,253}:\d{1,5})?$/.test(String(value)))
      yield { field, message: 'must be <host>:<port>' };
    else if (
      field === 'statusPort' &&
      !(Number.isInteger(value) && Number(value) >= 0 && Number(value) < 65536)
    )
      yield { field, message: 'must be a port number' };
    else if (field === 'meshId' && !(typeof value === 'string' && /^[A-Za-z0-9_.:/-]{0,253}$/.test(value)))
      yield { field, message: 'must be a name of letters, digits and -_.:/' };
  }
  const { proxyMetadata } = config;
  if (proxyMetadata === undefined || proxyMetadata === null) return;
  if (!isMapping(proxyMetadata)) {
    yield { field: 'proxyMetadata', message: 'is no mapping of names to texts' };
    return;
  }
  for (const [name, value] of Object.entries(proxyMetadata)) {
    const message = proxyMetadataProblem(name, value);
    if (message) yield { field: `proxyMetadata.${name}`, message };
  }
}

/** protobuf reads `proxy_metadata` and `proxyMetadata` alike, and writes the second. */
function camelKeys(value: Readonly<Record<string, unknown>>): ProxyConfig {
  const camel = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(camel);
    if (!isMapping(node)) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => {
        const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
        return [name, MAPS.has(name) ? child : camel(child)];
      }),
    );
  };
  return camel(value) as ProxyConfig;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
