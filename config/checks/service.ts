import { fields, items } from '../../manifests/manifest';
import { brokenKubernetesRules } from '../../rules/kubernetes';
import { show } from '../explain';
import { valueAt } from '../problem';
import type { Check } from './check';

const SPEC = ['service', 'spec'];

const existing: Check = {
  reads: [['service', 'existing']],
  run({ input, migration: { service } }, report) {
    if (!service.existing) return;
    for (const field of ['annotations', 'spec']) {
      if (valueAt(input, ['service', field]) === undefined) continue;
      report(
        ['service', field],
        `${show(field)} has no effect, since the Service exists and is left alone: leave it out`,
      );
    }
  },
};

/** What a Service must not be for machines and pods to be behind it. */
const spec: Check = {
  reads: [SPEC],
  run({ declared: { service } }, report) {
    const { selector, type, externalName, clusterIP } = service.spec ?? {};
    if (selector !== undefined)
      report([...SPEC, 'selector'], 'is what both sides are selected by: declare app instead');
    if (type === 'ExternalName' || externalName !== undefined)
      report(
        [...SPEC, type === 'ExternalName' ? 'type' : 'externalName'],
        'makes the Service a name of something else, and neither side is behind it: leave it out',
      );
    if (clusterIP === 'None')
      report(
        [...SPEC, 'clusterIP'],
        "None makes the Service headless, and the cluster's DNS would answer with the addresses of pods alone, so that no client finds the VM: leave it out; a StatefulSet has a headless Service of its own",
      );
  },
};

const ports: Check = {
  reads: [SPEC, ['ports']],
  run({ declared: { service }, migration }, report) {
    for (const [index, port] of items(service.spec?.ports).map(fields).entries()) {
      const at = [...SPEC, 'ports', index];
      const known = migration.ports.find((one) => one.service === port.port);
      if (!known || (port.protocol ?? 'TCP') !== 'TCP') {
        const held = migration.ports.map((one) => `${one.name} ${one.service}`).join(', ');
        report(
          [...at, 'port'],
          `${show(port.port)} is not a port of the service (${held}): declare it in ports`,
        );
      }
      for (const field of ['name', 'targetPort'])
        if (port[field] !== undefined)
          report([...at, field], 'follows from ports, since both sides are found by it: leave it out');
    }
  },
};

/** What the API server refuses beyond its schema, told where the user wrote it. */
const rules: Check = {
  reads: [SPEC],
  run({ declared: { service } }, report) {
    if (!service.spec) return;
    // Of ports, the numbers of nodes alone are the user's; more of them, and none, are told elsewhere.
    const ports = items(service.spec.ports).map((port, index) => ({
      ...fields(port),
      name: `port-${index}`,
    }));
    const whole = { ...service.spec, ports: ports.length > 0 ? ports : [{ port: 80 }] };
    for (const { path, message, fix } of brokenKubernetesRules({
      apiVersion: 'v1',
      kind: 'Service',
      spec: whole,
    }))
      report(['service', ...path], `${message}: ${fix}`);
  },
};

export const serviceChecks: readonly Check[] = [existing, spec, ports, rules];
