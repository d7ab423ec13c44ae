import type { Broken } from '../../rules/broken';
import { httpRouteRules } from '../../rules/http-route';
import { trafficPolicyRules } from '../../rules/traffic-policy';
import { show } from '../explain';
import type { Path } from '../problem';
import { leadsElsewhere } from '../schema/rule';
import type { Check, Report, Subject } from './check';

/** Where a policy may be declared. */
const POLICIES: readonly Path[] = [
  ['trafficPolicy'],
  ['vm', 'trafficPolicy'],
  ['kubernetes', 'trafficPolicy'],
];

const policies: Check = {
  reads: [...POLICIES, ['ports'], ['ends'], ['mode']],
  run({ declared, migration }, report) {
    const { ends, namespace, ports } = migration;
    const all = [declared.trafficPolicy, declared.vm.trafficPolicy, declared.kubernetes?.trafficPolicy];
    for (const [index, policy] of all.entries()) {
      const path = POLICIES[index] as Path;
      if (!policy) continue;
      tell(trafficPolicyRules(policy, path, namespace), report);
      policy.portLevelSettings?.forEach(({ port, loadBalancer }, at) => {
        const below = [...path, 'portLevelSettings', at];
        if (port?.number !== undefined && !ports.some(({ service }) => service === port.number)) {
          const known = ports.map(({ service }) => service).join(', ');
          report([...below, 'port', 'number'], `${port.number} is not a port of the service: ${known}`);
        }
        if (loadBalancer?.localityLbSetting && ends === 'standby')
          report([...below, 'loadBalancer', 'localityLbSetting'], STANDBY);
      });
      if (policy.loadBalancer?.localityLbSetting && ends === 'standby')
        report([...path, 'loadBalancer', 'localityLbSetting'], STANDBY);
    }
  },
};

const STANDBY =
  'is what sends everything to the VM while it lives, and the migration sets it: leave it out, or choose another end than standby';

const rules: Check = {
  reads: [['rules'], ['aliases'], ['namespace'], ['service', 'name'], ['app'], ['name']],
  run({ migration }, report) {
    migration.rules.forEach((rule, index) => {
      const path = ['rules', index];
      // Without an end of its own the route leads to the host: which destinations those are follows from the phase.
      const route = leadsElsewhere(rule)
        ? rule
        : { ...rule, route: [{ destination: { host: migration.app } }] };
      tell(httpRouteRules(route, path, false), report);
      rule.route?.forEach(({ destination }, at) => {
        if (isOwn(destination.host, migration))
          report(
            [...path, 'route', at, 'destination', 'host'],
            `${show(destination.host)} is the host of this migration, and these requests would escape its weights: leave route out`,
          );
      });
      const copies = [
        { to: rule.mirror, at: ['mirror'] },
        ...(rule.mirrors ?? []).map(({ destination }, at) => ({
          to: destination,
          at: ['mirrors', at, 'destination'],
        })),
      ];
      for (const { to, at } of copies) {
        if (!to || !isOwn(to.host, migration)) continue;
        report(
          [...path, ...at, 'host'],
          `${show(to.host)} is the host of this migration, whose subsets come and go with its phases: mirror to another Service`,
        );
      }
    });
  },
};

/** Whether a name is one of the service's own: in full, or as Istio completes it in the migration's namespace. */
function isOwn(host: string, { service, namespace, aliases }: Subject['migration']): boolean {
  const [name, space = namespace, ...rest] = host.split('.');
  if (aliases.includes(host)) return true;
  return name === service.name && space === namespace && (rest.length === 0 || rest[0] === 'svc');
}

function tell(broken: Iterable<Broken>, report: Report): void {
  for (const { path, message, fix } of broken) report(path, `${message}: ${fix}`);
}

export const istioChecks: readonly Check[] = [policies, rules];
