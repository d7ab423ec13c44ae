import { type Facts, nameOf, ofKind, podsOf } from '../facts';
import { broken, good, type Look, unknown } from '../hop';
import { denyingPolicies } from '../network-policy';

/** Whether pods reach what the machine is connected to: a database that only the machine may call breaks them. */
export function outgoing(facts: Facts): Look {
  const { machine, outgoing: tried } = facts;
  if (typeof machine === 'string') return unknown(machine);
  const [pod] = podsOf(facts);
  if (!pod) return unknown('there is no pod to try it from');
  const addresses = machine.findings.find(({ check }) => check === 'outgoing')?.addresses ?? [];
  const { namespace = '', labels = {} } = pod.metadata;
  for (const address of addresses) {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
    const [policy] = denyingPolicies(
      ofKind(facts, 'NetworkPolicy'),
      'egress',
      { namespace, labels, namespaceLabels: {} },
      { namespace: '', namespaceLabels: {}, address: host },
      { number: Number(port) },
    );
    if (policy)
      return broken(
        `the machine is connected to ${address}, and ${nameOf(policy)} keeps the pods from it`,
        `add an egress rule with ipBlock ${host}/32 and port ${port} to it`,
      );
    if (tried.get(address) === false)
      return broken(
        `the machine is connected to ${address}, and ${nameOf(pod)} cannot connect to it`,
        'open the way from the pods (or their nodes) to it: a firewall, a route, a list of allowed addresses',
      );
  }
  return tried.size === 0 && addresses.length > 0
    ? unknown(`the machine is connected to ${addresses.join(', ')}; it was not tried from the pods`)
    : good(
        addresses.length === 0
          ? 'the machine is connected to nothing'
          : `pods reach ${addresses.join(', ')}, as the machine does`,
      );
}
