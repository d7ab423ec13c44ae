import { tells, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';
const POD = `${VALID}  podSecurity: restricted\n  podTemplate:\n    spec:\n`;
const AT = 'at kubernetes.podTemplate.spec';

describe('podSecurity: restricted', () => {
  tells([
    [
      'what the standard does not allow',
      `${POD}      hostNetwork: true
      securityContext: {runAsUser: 0, seccompProfile: {type: Unconfined}}
      volumes: [{name: a, hostPath: {path: /}}]
      containers:
        - name: analytics
          ports: [{containerPort: 8080, hostPort: 8080}]
          securityContext:
            privileged: true
            runAsNonRoot: false
            capabilities: {add: [NET_BIND_SERVICE, NET_RAW], drop: [CHOWN]}
`,
      [
        `✖ breaks podSecurity: restricted, which allows false alone → ${AT}.hostNetwork (${F}:10)`,
        `✖ breaks podSecurity: restricted, which allows no root → ${AT}.securityContext.runAsUser (${F}:11)`,
        `✖ breaks podSecurity: restricted, which allows RuntimeDefault and Localhost alone → ${AT}.securityContext.seccompProfile.type (${F}:11)`,
        `✖ breaks podSecurity: restricted, which allows configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret alone → ${AT}.volumes[0].hostPath (${F}:12)`,
        `✖ breaks podSecurity: restricted, which allows no port of the node → ${AT}.containers[0].ports[0].hostPort (${F}:15)`,
        `✖ breaks podSecurity: restricted, which allows false alone → ${AT}.containers[0].securityContext.privileged (${F}:17)`,
        `✖ breaks podSecurity: restricted, which allows true alone → ${AT}.containers[0].securityContext.runAsNonRoot (${F}:18)`,
        `✖ breaks podSecurity: restricted, which allows NET_BIND_SERVICE alone → ${AT}.containers[0].securityContext.capabilities.add[1] (${F}:19)`,
        `✖ breaks podSecurity: restricted, which drops ALL → ${AT}.containers[0].securityContext.capabilities.drop (${F}:19)`,
      ],
    ],
    [
      'what it allows',
      `${POD}      securityContext: {runAsUser: 1000, fsGroup: 1000}\n      containers: [{name: analytics, securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}}]\n`,
      [],
    ],
  ]);
});
