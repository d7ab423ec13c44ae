import { tells, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';
/** The template is on line 7, its spec on line 8. */
const POD = `${VALID}  podTemplate:\n    spec:\n`;

describe('podTemplate', () => {
  tells([
    [
      "what Kubernetes' schema does not know",
      `${POD}      nodeSelektor: {disk: ssd}\n      containers:\n        - name: analytics\n          livenessProbe: {httpGett: {}}\n          env: [{name: A, value: 1}]\n          resources: {limits: {memory: 1x}}\n`,
      [
        `✖ unknown key "nodeSelektor"; did you mean "nodeSelector"? → at kubernetes.podTemplate.spec.nodeSelektor (${F}:9)`,
        `✖ unknown key "httpGett"; did you mean "httpGet"? → at kubernetes.podTemplate.spec.containers[0].livenessProbe.httpGett (${F}:12)`,
        `✖ 1 must be text: put it in quotes, "1" → at kubernetes.podTemplate.spec.containers[0].env[0].value (${F}:13)`,
        `✖ "1x" must be a quantity such as 250m, 128Mi or 1 → at kubernetes.podTemplate.spec.containers[0].resources.limits.memory (${F}:14)`,
      ],
    ],
    [
      'directives of a patch',
      `${POD}      containers: [{name: analytics, $patch: replace}]\n`,
      [
        `✖ "$patch" is a directive of a patch, and no field: what is derived is turned off by fields of the migration, such as probe: none or drainSeconds: 0 → at kubernetes.podTemplate.spec.containers[0]["$patch"] (${F}:9)`,
      ],
    ],
    [
      'labels that the migration owns, and a name',
      `${VALID}  podTemplate:\n    metadata:\n      name: x\n      labels:\n        app: analytics\n        version: v1\n        team: the data\n`,
      [
        `✖ has no effect, since the Deployment names its pods: leave it out → at kubernetes.podTemplate.metadata.name (${F}:9)`,
        `✖ is what the Service selects the pods by: declare app instead → at kubernetes.podTemplate.metadata.labels.app (${F}:11)`,
        `✖ is what the subset selects the pods by: declare kubernetes.version instead → at kubernetes.podTemplate.metadata.labels.version (${F}:12)`,
        `✖ "the data" cannot be the value of a label: use at most 63 letters, digits, "-", "_" and ".", and begin and end with a letter or a digit → at kubernetes.podTemplate.metadata.labels.team (${F}:13)`,
      ],
    ],
    [
      'a container by a name that the main one has not',
      `${POD}      containers:\n        - name: server\n          env: []\n`,
      [
        `✖ "server" has no image, and the main container is called "analytics": use that name, or declare the image of a further container → at kubernetes.podTemplate.spec.containers[0] (${F}:10)`,
      ],
    ],
    [
      'another image of the main container',
      `${POD}      containers:\n        - name: analytics\n          image: b\n`,
      [
        `✖ is that of the main container: declare it as kubernetes.image → at kubernetes.podTemplate.spec.containers[0].image (${F}:11)`,
      ],
    ],
    [
      'names of the ports of the service',
      `${POD}      containers:\n        - name: analytics\n          ports:\n            - {containerPort: 8080, name: web}\n            - {containerPort: 9090, name: http}\n            - {containerPort: 9102, name: metrics}\n        - name: other\n          image: b\n          ports: [{containerPort: 1, name: http}]\n`,
      [
        `✖ 8080 is the port "http" of the service: leave the name out, since the Service finds it by that → at kubernetes.podTemplate.spec.containers[0].ports[0].name (${F}:12)`,
        `✖ "http" is port 8080 of the main container, which the Service sends requests to: use another name, or declare the number in kubernetes.ports → at kubernetes.podTemplate.spec.containers[0].ports[1].name (${F}:13)`,
        `✖ "http" is port 8080 of the main container, which the Service sends requests to: use another name, or declare the number in kubernetes.ports → at kubernetes.podTemplate.spec.containers[1].ports[0].name (${F}:17)`,
      ],
    ],
    [
      "the user and group of Istio's proxy",
      `${POD}      securityContext: {runAsUser: 1337}\n      initContainers:\n        - name: a\n          image: b\n          securityContext: {runAsGroup: 1337}\n`,
      [
        `✖ 1337 is the id of Istio's proxy, and what runs as it passes the mesh by: use another → at kubernetes.podTemplate.spec.securityContext.runAsUser (${F}:9)`,
        `✖ 1337 is the id of Istio's proxy, and what runs as it passes the mesh by: use another → at kubernetes.podTemplate.spec.initContainers[0].securityContext.runAsGroup (${F}:13)`,
      ],
    ],
    [
      'what the API server refuses beyond its schema',
      `${POD}      containers:\n        - name: analytics\n          volumeMounts: [{name: data, mountPath: /data}]\n          livenessProbe: {periodSeconds: 3}\n`,
      [
        `✖ the pod has no volume data: add it to volumes → at kubernetes.podTemplate.spec.containers[0].volumeMounts[0].name (${F}:11)`,
        `✖ the probe does not say what to look at: keep one of exec, httpGet, tcpSocket, grpc → at kubernetes.podTemplate.spec.containers[0].livenessProbe (${F}:12)`,
      ],
    ],
    [
      'a volume that a StatefulSet claims',
      `${VALID}  kind: StatefulSet\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]\n  podTemplate:\n    spec:\n      containers: [{name: analytics, volumeMounts: [{name: data, mountPath: /data}]}]\n`,
      [],
    ],
    [
      'no value',
      `${POD}      containers: [{name: analytics, command: null}]\n`,
      [
        `✖ has no value: fill it in, or leave the key out → at kubernetes.podTemplate.spec.containers[0].command (${F}:9)`,
      ],
    ],
  ]);
});
