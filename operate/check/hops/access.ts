import type { Side } from '../../../config';
import type { LiveObject } from '../../gate/cluster';
import { type Caller, type Facts, labelsOf, nameOf, ofKind } from '../facts';
import { broken, good, type Look, unknown } from '../hop';
import { holds, type Labels } from '../labels';

interface Source {
  readonly principals?: readonly string[];
  readonly notPrincipals?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly notNamespaces?: readonly string[];
  readonly serviceAccounts?: readonly string[];
}

interface AuthorizationPolicy {
  readonly action?: string;
  readonly selector?: { readonly matchLabels?: Labels };
  readonly targetRefs?: unknown;
  readonly rules?: readonly {
    readonly from?: readonly { readonly source?: Source }[];
    readonly to?: readonly { readonly operation?: Readonly<Record<string, readonly string[]>> }[];
    readonly when?: readonly unknown[];
  }[];
}

/** Whether a rule holds for the caller: `maybe` where it depends on the request. */
type Truth = 'yes' | 'no' | 'maybe';

/** Whether AuthorizationPolicies let the caller in. */
export function access(facts: Facts, side: Side): Look {
  const { caller, loaded } = facts;
  if (typeof caller === 'string') return unknown(caller);
  const { migration, mesh } = loaded;
  const labels = labelsOf(loaded, side);
  const policies = [...new Set([migration.namespace, mesh.namespace])]
    .flatMap((namespace) => ofKind(facts, 'AuthorizationPolicy', namespace))
    .filter(({ spec }) => {
      const { selector, targetRefs } = (spec ?? {}) as AuthorizationPolicy;
      return targetRefs === undefined && holds(labels, selector?.matchLabels);
    });
  const who = `${caller.namespace}/${caller.name}`;
  const ports = migration.ports.map((port) => port[side]);
  const truthOf = ({ spec }: LiveObject) =>
    policyTruth(spec as AuthorizationPolicy, caller, mesh.trustDomain, ports);
  const denying = actionOf(policies, 'DENY').find((policy) => truthOf(policy) === 'yes');
  if (denying)
    return broken(
      `${nameOf(denying)} denies ${who}`,
      `leave the service account ${caller.namespace}/${caller.serviceAccount} out of its rules`,
    );
  const allowing = actionOf(policies, 'ALLOW');
  if (allowing.length > 0 && allowing.every((policy) => truthOf(policy) === 'no'))
    return broken(
      `${allowing.map(nameOf).join(', ')} allows others, and not ${who}: it is denied`,
      `add principal ${mesh.trustDomain}/ns/${caller.namespace}/sa/${caller.serviceAccount} to a rule of it`,
    );
  const isUncertain = policies.some((policy) => truthOf(policy) === 'maybe');
  return policies.length === 0
    ? good('no AuthorizationPolicy')
    : good(
        `${policies.map(nameOf).join(', ')} ${isUncertain ? 'may let it in, by the request' : 'lets it in'}`,
      );
}

function actionOf(policies: readonly LiveObject[], action: string): LiveObject[] {
  return policies.filter(({ spec }) => ((spec as AuthorizationPolicy)?.action ?? 'ALLOW') === action);
}

/** Without rules, nothing matches: an ALLOW policy then denies everybody. */
function policyTruth(
  { rules = [] }: AuthorizationPolicy,
  caller: Caller,
  trustDomain: string,
  ports: readonly number[],
): Truth {
  const each = rules.map(({ from, to, when }): Truth => {
    const isFrom =
      from === undefined || from.some(({ source }) => holdsFor(source ?? {}, caller, trustDomain));
    if (!isFrom) return 'no';
    const operations = to?.map(({ operation = {} }): Truth => operationTruth(operation, ports)) ?? ['yes'];
    const best = operations.includes('yes') ? 'yes' : operations.includes('maybe') ? 'maybe' : 'no';
    return best === 'yes' && when && when.length > 0 ? 'maybe' : best;
  });
  return each.includes('yes') ? 'yes' : each.includes('maybe') ? 'maybe' : 'no';
}

function operationTruth(
  operation: Readonly<Record<string, readonly string[]>>,
  ports: readonly number[],
): Truth {
  const { ports: named, ...rest } = operation;
  if (named && !named.some((port) => ports.includes(Number(port)))) return 'no';
  const isAll = named === undefined || ports.every((port) => named.includes(String(port)));
  return isAll && Object.keys(rest).length === 0 ? 'yes' : 'maybe';
}

function holdsFor(source: Source, caller: Caller, trustDomain: string): boolean {
  const principal = `${trustDomain}/ns/${caller.namespace}/sa/${caller.serviceAccount}`;
  const account = `${caller.namespace}/${caller.serviceAccount}`;
  const isIn = (list: readonly string[] | undefined, value: string) =>
    list?.some((pattern) => isLike(pattern, value)) ?? false;
  return (
    (source.principals === undefined || (caller.inMesh && isIn(source.principals, principal))) &&
    (source.namespaces === undefined || (caller.inMesh && isIn(source.namespaces, caller.namespace))) &&
    (source.serviceAccounts === undefined || (caller.inMesh && isIn(source.serviceAccounts, account))) &&
    !isIn(source.notPrincipals, principal) &&
    !isIn(source.notNamespaces, caller.namespace)
  );
}

/** Istio's own patterns: a whole value, `prefix*`, `*suffix`, or `*`. */
function isLike(pattern: string, value: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*')) return value.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
