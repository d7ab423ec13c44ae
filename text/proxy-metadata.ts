/**
 * What `proxyMetadata` of a ProxyConfig may say to a machine. Istio's start script sources it as root, and hands it on
 * to everything that it starts, so that a free choice of names is root on the machine: `EXEC_USER`, `ISTIO_BIN_BASE`
 * and `ISTIO_AGENT_FLAGS` steer the script, `PATH`, `BASH_ENV` and `LD_PRELOAD` the shell and the loader. So a name is
 * taken only if it is listed here: what pilot-agent and Go's runtime are configured by, without
 *
 * - what the script itself reads (tools/packaging/common/istio-start.sh),
 * - what iptables is set up by (tools/istio-iptables), which the agent derives from the group's ports,
 * - files, folders and programs of the machine,
 * - where the identity of the machine comes from: certificate authority, istiod, trust domain, tokens.
 *
 * @see https://github.com/istio/istio/tree/master/pilot/cmd/pilot-agent/options
 */

const BOOLEAN = /^(true|false)$/;
const INTEGER = /^\d{1,9}$/;
const NUMBER = /^\d{1,9}(\.\d{1,9})?$/;
const DURATION = /^(\d{1,9}(\.\d{1,9})?(ns|us|µs|ms|s|m|h))+$/;
const WORD = /^[A-Za-z0-9][-A-Za-z0-9_.:/|@]{0,252}$/;
const HOSTS = /^[A-Za-z0-9][-A-Za-z0-9_.:]{0,252}(,[A-Za-z0-9][-A-Za-z0-9_.:]{0,252}){0,31}$/;
/** Text on one line: no control character, and no half of a surrogate pair. */
const LINE = /^[^\p{Cc}\p{Cs}\u2028\u2029]{0,16384}$/u;

interface Kind {
  readonly grammar: RegExp;
  /** How the value is described to whoever wrote another. */
  readonly is: string;
}

const boolean: Kind = { grammar: BOOLEAN, is: '"true" or "false"' };
const integer: Kind = { grammar: INTEGER, is: 'a whole number in quotes, such as "1"' };
const number: Kind = { grammar: NUMBER, is: 'a number in quotes, such as "0.5"' };
const duration: Kind = { grammar: DURATION, is: 'a duration, such as 30s' };
const word: Kind = { grammar: WORD, is: 'a word of letters, digits and -_.:/|@' };
const hosts: Kind = { grammar: HOSTS, is: 'hosts, separated by commas' };
const line: Kind = { grammar: LINE, is: 'a text on one line, of at most 16384 characters' };
const oneOf = (...values: string[]): Kind => ({
  grammar: new RegExp(`^(${values.join('|')})$`),
  is: `one of ${values.join(', ')}`,
});

const SETTINGS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['BOOTSTRAP_XDS_AGENT', boolean],
  ['CLOUD_PLATFORM', oneOf('aws', 'azure', 'gcp', 'none')],
  ['COMPLIANCE_POLICY', oneOf('fips-140-2', 'fips-140-3', 'pqc')],
  ['DNS_FORWARD_PARALLEL', boolean],
  ['DNS_FORWARD_TIMEOUT', duration],
  ['ECC_CURVE', oneOf('P256', 'P384')],
  ['ECC_SIGNATURE_ALGORITHM', oneOf('ECDSA')],
  ['ENABLE_PROBE_KEEPALIVE_CONNECTIONS', boolean],
  ['ENVOY_SKIP_DEPRECATED_LOGS', boolean],
  ['EXIT_ON_ZERO_ACTIVE_CONNECTIONS', boolean],
  ['FILE_DEBOUNCE_DURATION', duration],
  ['GCP_METADATA', word],
  ['GCP_QUOTA_PROJECT', word],
  ['GCP_ZONE', word],
  ['GOMAXPROCS', integer],
  ['GOMEMLIMIT', { grammar: /^\d{1,12}([KMGT]i)?B?$/, is: 'a size, such as 512MiB' }],
  ['HTTP_STRIP_FRAGMENT_FROM_PATH_UNSAFE_IF_DISABLED', boolean],
  ['ISTIO_DELTA_XDS', boolean],
  ['ISTIO_DUAL_STACK', boolean],
  ['ISTIO_ENABLE_HTTP2_PROBING', boolean],
  ['ISTIO_GPRC_MAXRECVMSGSIZE', integer],
  ['METRICS_LOCALHOST_ACCESS_ONLY', boolean],
  ['MINIMUM_DRAIN_DURATION', duration],
  ['PEER_METADATA_DISCOVERY', boolean],
  ['PKCS8_KEY', boolean],
  ['PROXY_CONFIG_XDS_AGENT', boolean],
  ['PROXY_XDS_DEBUG_VIA_AGENT', boolean],
  ['PROXY_XDS_VIA_AGENT', boolean],
  ['REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION', boolean],
  ['SECRET_GRACE_PERIOD_RATIO', number],
  ['SECRET_GRACE_PERIOD_RATIO_JITTER', number],
  ['SECRET_TTL', duration],
  ['WASM_HTTP_REQUEST_MAX_RETRIES', integer],
  ['WASM_HTTP_REQUEST_TIMEOUT', duration],
  ['WASM_INSECURE_REGISTRIES', hosts],
  ['WASM_MODULE_EXPIRY', duration],
  ['WASM_PURGE_INTERVAL', duration],
  ['WORKLOAD_RSA_KEY_SIZE', integer],
  // iptables reads this one too, as root.
  ['ISTIO_META_DNS_CAPTURE', boolean],
]);

/** What Envoy says of itself to istiod: any name, since nothing on the machine reads one. */
const NODE_METADATA = /^ISTIO_META_[A-Z0-9_]{1,120}$/;
const NODE_METADATA_JSON = /^ISTIO_METAJSON_[A-Z0-9_]{1,120}$/;

/** What keeps a setting of `proxyMetadata` from a machine, the sentence's verb first; undefined: it is taken. */
export function proxyMetadataProblem(name: string, value: unknown): string | undefined {
  const kind = kindOf(name);
  if (!kind) return 'is none of the settings of pilot-agent that a machine takes';
  if (typeof value !== 'string') return 'must be a text: put it in quotes';
  return kind.grammar.test(value) ? undefined : `must be ${kind.is}`;
}

/** The names that a machine takes, as documentation lists them. */
export const PROXY_METADATA_NAMES: readonly string[] = [
  ...SETTINGS.keys(),
  'ISTIO_META_<NAME>',
  'ISTIO_METAJSON_<NAME>',
].sort();

function kindOf(name: string): Kind | undefined {
  return SETTINGS.get(name) ?? (NODE_METADATA.test(name) || NODE_METADATA_JSON.test(name) ? line : undefined);
}
