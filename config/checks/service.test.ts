import { HEAD, IMAGE, tells } from '../../test/workspace';

const F = 'migrations/analytics.yaml';
const SERVICE = `${HEAD}${IMAGE}service:\n`;

describe('the Service', () => {
  tells([
    [
      'what the migration owns',
      `${SERVICE}  spec:\n    selector: {app: b}\n    ports:\n      - {port: 8080, name: web}\n      - {port: 81}\n`,
      [
        `✖ is what both sides are selected by: declare app instead → at service.spec.selector (${F}:9)`,
        `✖ follows from ports, since both sides are found by it: leave it out → at service.spec.ports[0].name (${F}:11)`,
        `✖ 81 is not a port of the service (http 8080, tcp 8083): declare it in ports → at service.spec.ports[1].port (${F}:12)`,
      ],
    ],
    [
      'kinds of Service that the VM can not be behind',
      `${SERVICE}  spec:\n    clusterIP: None\n    externalName: a.example\n`,
      [
        `✖ None makes the Service headless, and the cluster's DNS would answer with the addresses of pods alone, so that no client finds the VM: leave it out; a StatefulSet has a headless Service of its own → at service.spec.clusterIP (${F}:9)`,
        `✖ makes the Service a name of something else, and neither side is behind it: leave it out → at service.spec.externalName (${F}:10)`,
      ],
    ],
    [
      'a Service that exists',
      `${SERVICE}  existing: true\n  spec: {type: NodePort}\n`,
      [
        `✖ "spec" has no effect, since the Service exists and is left alone: leave it out → at service.spec (${F}:9)`,
      ],
    ],
    [
      'a node port of a Service that has none',
      `${SERVICE}  spec:\n    ports: [{port: 8080, nodePort: 30080}]\n`,
      [
        `✖ a Service of type ClusterIP has no nodePort: remove it, or write type NodePort → at service.spec.ports[0].nodePort (${F}:9)`,
      ],
    ],
  ]);
});
