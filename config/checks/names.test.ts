import { tells, told, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';
const DNS_LABEL =
  'must be a DNS-1123 label: lower case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit';

describe('names', () => {
  tells([
    [
      'equal versions',
      `${VALID}vm: {version: v1}\n`,
      [
        `✖ both sides have version "v1": give each its own, since traffic is told apart by it → at kubernetes.version (${F}:5)`,
      ],
    ],
    [
      'a version that names no subset',
      `${VALID}  version: V1.0\n`,
      [`✖ "V1.0" can't name a subset: it ${DNS_LABEL} → at kubernetes.version (${F}:7)`],
    ],
    [
      'names that follow from app',
      `${VALID}app: My_App\n`,
      [
        `✖ "My_App" can't name a Service: it comes from app, and must be lower case letters, digits and "-", at most 63 characters, starting with a letter; declare another service.name → at service.name (${F}:1)`,
        `✖ "My_App-v0" can't name a WorkloadGroup: it comes from app and vm.version, and must be a DNS name in lower case; declare vm.group → at vm.group (${F}:1)`,
        `✖ "My_App-v1" can't name a Deployment: it comes from app and kubernetes.version, and ${DNS_LABEL}; declare kubernetes.name → at kubernetes.name (${F}:5)`,
      ],
    ],
    [
      'an odd app with names of its own',
      `${VALID}  name: app-v1\napp: My_App\nvm: {group: app-v0}\nservice: {name: app}\n`,
      [],
    ],
    [
      'a Deployment of more than 63 characters',
      `${VALID}app: ${'a'.repeat(61)}\n`,
      [
        `✖ "${'a'.repeat(61)}-v1" can't name a Deployment: it comes from app and kubernetes.version, and ${DNS_LABEL}; declare kubernetes.name → at kubernetes.name (${F}:5)`,
      ],
    ],
    [
      'a group so long that the Role of its agent would be too long',
      `${VALID}vm: {group: ${'g'.repeat(253)}}\n`,
      [
        `✖ "${'g'.repeat(78)}… is too long: what is named after it would have up to 268 characters, and Kubernetes takes 253: use 238 at most → at vm.group (${F}:7)`,
      ],
    ],
    [
      'a group so long that the account of a machine would be too long',
      `${VALID}vm: {group: ${'g'.repeat(238)}, machines: [{name: ${'m'.repeat(63)}}]}\n`,
      [
        `✖ "${'g'.repeat(78)}… is too long: what is named after it would have up to 308 characters, and Kubernetes takes 253: use 183 at most → at vm.group (${F}:7)`,
      ],
    ],
    ['the longest group that there can be', `${VALID}vm: {group: ${'g'.repeat(238)}}\n`, []],
    [
      'two machines of one name, or one address',
      `${VALID}vm: {machines: [{name: a, address: 10.0.0.5}, {name: a}, {name: b, address: 10.0.0.5}]}\n`,
      [
        `✖ "a" is that of vm.machines[0] too: each has its own → at vm.machines[1].name (${F}:7)`,
        `✖ "10.0.0.5" is that of vm.machines[0] too: each has its own → at vm.machines[2].address (${F}:7)`,
      ],
    ],
    [
      'a machine whose address is none',
      `${VALID}vm: {machines: [{name: a, address: 10.0.0.256}]}\n`,
      [`✖ "10.0.0.256" must be an IP address such as 10.0.0.5 → at vm.machines[0].address (${F}:7)`],
    ],
    [
      "a workload that would have its agent's account",
      `${VALID}vm: {serviceAccount: analytics-v0-agent}\n`,
      [
        `✖ "analytics-v0-agent" is the account of the agent, which asks for tokens of the workload's: give the workload another → at vm.serviceAccount (${F}:7)`,
      ],
    ],
    [
      'a Service that begins with a digit',
      `${VALID}service: {name: 2nd}\n`,
      [
        `✖ "2nd" can't name a Service, and must be lower case letters, digits and "-", at most 63 characters, starting with a letter; declare another service.name → at service.name (${F}:7)`,
      ],
    ],
    [
      'labels that override app or version',
      `${VALID}vm:\n  labels:\n    app: a\n    version: a\n`,
      [
        `✖ overrides the app label, which the Service selects: declare app instead → at vm.labels.app (${F}:9)`,
        `✖ overrides the version label, which the subset selects: declare vm.version instead → at vm.labels.version (${F}:10)`,
      ],
    ],
    [
      'the name of the mesh',
      `${VALID}name: mesh\n`,
      [
        `✖ "mesh" is taken: the gateway of the mesh renders to dist/mesh; choose another name → at name (${F}:7)`,
      ],
    ],
  ]);

  test('a file whose name is no name for a migration', () => {
    expect(told({ 'migrations/Analytics_2.yaml': VALID })).toEqual([
      `✖ "Analytics_2", from the name of the file, ${DNS_LABEL}: rename the file, or declare name → at name (migrations/Analytics_2.yaml:1)`,
    ]);
  });
});
