import type { Path } from '../manifests/manifest';
import type { Broken } from './broken';
import { isDnsLabel, wildcardDomainProblem } from './names';
import { isAddress } from './values';

/** A host with the namespace that it is looked for in: `<namespace>/<host>`. */
export function* scopedHostRules(
  written: string,
  path: Path,
  { gateway, converted = false }: { gateway: boolean; converted?: boolean },
): Generator<Broken> {
  const slash = written.indexOf('/');
  const fix = gateway
    ? 'write <host> or <namespace>/<host>'
    : 'write <namespace>/<host>, "./<host>" or "*/<host>"';
  const problem = (why: string): Broken => ({ path, message: `"${written}" ${why}`, fix });
  if (slash < 0 && !gateway) {
    yield problem('names no namespace');
    return;
  }
  if (slash >= 0) {
    const namespace = written.slice(0, slash);
    const known =
      ['*', '.'].includes(namespace) || (gateway ? converted && namespace === '~' : namespace === '~');
    const excluded = gateway ? namespace : namespace.replace(/^~/, '');
    const taken = known || ['*', '.'].includes(excluded) || isDnsLabel(excluded);
    if (!taken) yield problem('does not start with a namespace');
  }
  const host = written.slice(slash + 1);
  if (host !== '*' && !host.includes('.')) yield problem('is a short name, which is not completed here');
  const why = wildcardDomainProblem(host);
  if (why && !(gateway && isAddress(host))) yield problem(`is no host: it ${why}`);
  else if (/\*/.test(host) && host !== '*' && !host.startsWith('*.'))
    yield problem('has a wildcard that stands for a part of a name only');
}
