import type { Side } from '../../../config';
import { type Facts, labelsOf, nameOf, versionOf } from '../facts';
import { broken, good, type Look } from '../hop';
import { effectiveMode } from '../mtls-mode';
import { destinationRules } from './route';

interface TrafficPolicy {
  readonly tls?: { readonly mode?: string };
}

/** Whether the caller speaks what the side takes: mutual TLS, or plain text. */
export function mtls(facts: Facts, side: Side): Look {
  const { loaded } = facts;
  const version = versionOf(loaded, side);
  for (const rule of destinationRules(facts)) {
    const { trafficPolicy, subsets = [] } = (rule.spec ?? {}) as {
      readonly trafficPolicy?: TrafficPolicy;
      readonly subsets?: readonly { readonly name: string; readonly trafficPolicy?: TrafficPolicy }[];
    };
    const client = subsets.find(({ name }) => name === version)?.trafficPolicy?.tls ?? trafficPolicy?.tls;
    for (const port of loaded.migration.ports) {
      const { mode, policy } = effectiveMode(facts, labelsOf(loaded, side), port[side]);
      if (client?.mode !== undefined && client.mode !== 'ISTIO_MUTUAL' && mode === 'STRICT')
        return broken(
          `${nameOf(rule)} has callers speak ${client.mode}, and ${policy} lets only mutual TLS in on ${port[side]}`,
          `take trafficPolicy.tls out of ${nameOf(rule)}`,
        );
      if (client?.mode === 'ISTIO_MUTUAL' && mode === 'DISABLE')
        return broken(
          `${nameOf(rule)} has callers speak mutual TLS, and ${policy} takes only plain text on ${port[side]}`,
          `set the mode of ${policy} to PERMISSIVE`,
        );
    }
  }
  const { mode, policy } = effectiveMode(facts, labelsOf(loaded, side));
  return good(policy === undefined ? `${mode}, by default` : `${mode}, by ${policy}`);
}
