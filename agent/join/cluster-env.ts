import { isIP } from 'node:net';
import { DNS_NAME, LABEL_VALUE } from '../../text/kubernetes-names';
import { proxyMetadataProblem } from '../../text/proxy-metadata';
import { shellQuoted } from '../../text/shell';
import { Failure } from '../failure';

const LIST_OF_PORTS = /^(\*|\d{1,5}(,\d{1,5})*)$/;

/**
 * What the agent itself tells Istio's start script, and which values it may have. The script expands some of them
 * (ISTIO_SVC_IP, ISTIO_NAMESPACE) without quotes in a shell of its own.
 */
const OWN: Readonly<Record<string, (value: string) => boolean>> = {
  CANONICAL_SERVICE: matches(LABEL_VALUE, DNS_NAME),
  CANONICAL_REVISION: matches(LABEL_VALUE),
  POD_NAMESPACE: matches(DNS_NAME),
  SERVICE_ACCOUNT: matches(DNS_NAME),
  TRUST_DOMAIN: matches(/^$/, DNS_NAME),
  CA_ADDR: matches(/^[a-z0-9.-]{1,253}:\d{1,5}$/),
  ISTIO_INBOUND_PORTS: matches(LIST_OF_PORTS),
  ISTIO_LOCAL_EXCLUDE_PORTS: matches(LIST_OF_PORTS),
  ISTIO_NAMESPACE: matches(DNS_NAME),
  ISTIO_SERVICE: matches(DNS_NAME),
  ISTIO_SERVICE_CIDR: matches(/^\*$/),
  ISTIO_SERVICE_EXCLUDE_CIDR: matches(/^[0-9a-f.:/,]*$/),
  ISTIO_SVC_IP: (value) => isIP(value) !== 0,
};

/**
 * The file that Istio's start script sources as root: sorted `KEY='value'` lines.
 *
 * @throws Failure `bad-object` where a name or a value is none that may reach that script
 */
export function clusterEnvFile(env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env).map(([name, value]) => {
    const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
    const problem = own
      ? own(value)
        ? undefined
        : `cannot be ${JSON.stringify(value).slice(0, 100)}`
      : proxyMetadataProblem(name, value);
    if (problem === undefined) return `${name}=${shellQuoted(value)}`;
    throw new Failure(
      'bad-object',
      `${name}, which Istio's start script would run with, ${problem}`,
      'correct the WorkloadGroup or the mesh configuration; nothing of it has been applied to this machine',
    );
  });
  return `${lines.sort().join('\n')}\n`;
}

function matches(...grammars: readonly RegExp[]): (value: string) => boolean {
  return (value) => grammars.some((grammar) => grammar.test(value));
}
