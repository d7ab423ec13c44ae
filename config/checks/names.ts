import { agentAccount } from '../agent-account';
import { show } from '../explain';
import { valueAt } from '../problem';
import { DNS_LABEL_RULE, isDnsLabel, isDnsName } from '../schema/scalars';
import type { Check } from './check';

/** A Service's name, which becomes a DNS label that begins with a letter. */
export const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

const name: Check = {
  reads: [['name']],
  run({ input, migration }, report) {
    if (valueAt(input, ['name']) === undefined && !isDnsLabel(migration.name)) {
      report(
        ['name'],
        migration.name === ''
          ? '"name" is missing: name of the migration, and of its folder in dist/'
          : `${show(migration.name)}, from the name of the file, ${DNS_LABEL_RULE}: rename the file, or declare name`,
      );
    }
    if (migration.name === 'mesh') {
      report(['name'], '"mesh" is taken: the gateway of the mesh renders to dist/mesh; choose another name');
    }
  },
};

/** Istio takes only DNS-1123 labels as names of subsets, though a label's value may hold more. */
const versions: Check = {
  reads: [
    ['vm', 'version'],
    ['kubernetes', 'version'],
  ],
  run({ declared: { vm, kubernetes } }, report) {
    for (const [side, version] of [
      ['vm', vm.version],
      ['kubernetes', kubernetes?.version],
    ] as const) {
      if (version === undefined || isDnsLabel(version)) continue;
      report([side, 'version'], `${show(version)} can't name a subset: it ${DNS_LABEL_RULE}`);
    }
    if (kubernetes && vm.version === kubernetes.version) {
      report(
        ['kubernetes', 'version'],
        `both sides have version ${show(vm.version)}: give each its own, since traffic is told apart by it`,
      );
    }
  },
};

/** Names that follow from other fields; declared ones are checked by the schema. */
const derived: Check = {
  reads: [['name'], ['app'], ['service', 'name'], ['vm', 'group'], ['kubernetes', 'name']],
  run({ declared, migration: { name: migrationName, service, vm, kubernetes } }, report) {
    const source = declared.app === undefined ? 'the name of the migration' : 'app';
    if (declared.app === undefined && !isDnsLabel(migrationName)) return;
    if (!SERVICE_NAME.test(service.name)) {
      const origin = declared.service.name === undefined ? `: it comes from ${source}` : '';
      report(
        ['service', 'name'],
        `${show(service.name)} can't name a Service${origin}, and must be lower case letters, digits and "-", at most 63 characters, starting with a letter; declare another service.name`,
      );
    }
    if (declared.vm.group === undefined && isDnsLabel(vm.version) && !isDnsName(vm.group)) {
      report(
        ['vm', 'group'],
        `${show(vm.group)} can't name a WorkloadGroup: it comes from ${source} and vm.version, and must be a DNS name in lower case; declare vm.group`,
      );
    }
    if (
      kubernetes &&
      declared.kubernetes?.name === undefined &&
      isDnsLabel(kubernetes.version) &&
      !isDnsLabel(kubernetes.name)
    ) {
      report(
        ['kubernetes', 'name'],
        `${show(kubernetes.name)} can't name a ${kubernetes.kind}: it comes from ${source} and kubernetes.version, and ${DNS_LABEL_RULE}; declare kubernetes.name`,
      );
    }
  },
};

const LONGEST_NAME = 253;

/** The accounts and Roles of a group's agents are named after it, and the longest is that of a machine, or of a Role. */
const agentNames: Check = {
  reads: [['name'], ['namespace'], ['app'], ['vm', 'version'], ['vm', 'group'], ['vm', 'machines']],
  run({ migration: { namespace, vm } }, report) {
    if (!isDnsName(vm.group)) return;
    const role = `${namespace}.${agentAccount(vm.group)}`;
    const accounts = vm.machines.map(({ name }) => agentAccount(vm.group, name));
    const longest = Math.max(...[role, ...accounts].map(({ length }) => length));
    if (longest <= LONGEST_NAME) return;
    report(
      ['vm', 'group'],
      `${show(vm.group)} is too long: what is named after it would have up to ${longest} characters, and Kubernetes takes ${LONGEST_NAME}: use ${vm.group.length - longest + LONGEST_NAME} at most`,
    );
  },
};

/** Two machines of one name would share an account; two of one address, a right to one entry. */
const machines: Check = {
  reads: [['vm', 'machines']],
  run({ migration: { vm } }, report) {
    for (const field of ['name', 'address'] as const) {
      const values = vm.machines.map((machine) => machine[field]);
      for (const [index, value] of values.entries()) {
        const first = values.indexOf(value);
        if (value === undefined || first === index) continue;
        report(
          ['vm', 'machines', index, field],
          `${show(value)} is that of vm.machines[${first}] too: each has its own`,
        );
      }
    }
  },
};

const workloadAccount: Check = {
  reads: [['name'], ['app'], ['vm']],
  run({ migration: { vm } }, report) {
    const accounts = [undefined, ...vm.machines.map(({ name }) => name)];
    if (!accounts.some((machine) => agentAccount(vm.group, machine) === vm.serviceAccount)) return;
    report(
      ['vm', 'serviceAccount'],
      `${show(vm.serviceAccount)} is the account of the agent, which asks for tokens of the workload's: give the workload another`,
    );
  },
};

const labels: Check = {
  reads: [],
  run({ declared: { vm } }, report) {
    if ('app' in vm.labels) {
      report(
        ['vm', 'labels', 'app'],
        'overrides the app label, which the Service selects: declare app instead',
      );
    }
    if ('version' in vm.labels) {
      report(
        ['vm', 'labels', 'version'],
        'overrides the version label, which the subset selects: declare vm.version instead',
      );
    }
  },
};

export const nameChecks: readonly Check[] = [
  name,
  versions,
  derived,
  agentNames,
  machines,
  workloadAccount,
  labels,
];
