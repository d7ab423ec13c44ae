import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../manifests/manifest';
import { readSources } from '../../manifests/read';
import { verifyManifests } from '../../verify/verify-manifests';

const FILE = join(__dirname, 'valid.fixture.yaml');
const valid = readSources(FILE, readFileSync(FILE, 'utf8')).map(({ manifest }) => manifest);

function problems(manifest: Manifest): string[] {
  return verifyManifests([{ manifest }])
    .filter(({ id }) => id.startsWith('MF1'))
    .map(({ path, message }) => `${path}: ${message}`);
}

/** An object of the fixture with one value changed, or removed where there is none. */
function changed(name: string, path: string, value?: unknown): Manifest {
  const [kind, own] = name.split(' ');
  const found = valid.find((one) => one.kind === kind && (one.metadata as { name: string }).name === own);
  const copy = structuredClone(found) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let part = copy;
  for (const key of keys) {
    part[key] ??= {};
    part = part[key] as Record<string, unknown>;
  }
  if (value === undefined) delete part[last];
  else part[last] = value;
  return copy;
}

test('nothing is found in objects that the API server takes', () => {
  for (const manifest of valid) expect([manifest.kind, problems(manifest)]).toEqual([manifest.kind, []]);
});

const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers.0`;

test.each<[object: string, path: string, value: unknown, message: string]>([
  ['Deployment web', `${POD}.priorityClassName`, 'High', '"High" is not a name of lower case letters'],
  ['Deployment web', `${POD}.hostname`, 'a.b', '"a.b" is no name of a host'],
  ['Deployment web', `${POD}.restartPolicy`, 'Sometimes', 'must be one of Always, OnFailure, Never'],
  ['Deployment web', `${POD}.nodeSelector`, { os: 'a b' }, '"a b" cannot be the value of a label'],
  ['Deployment web', `${POD}.dnsPolicy`, 'None', 'dnsPolicy None asks nobody'],
  ['Deployment web', `${POD}.hostAliases.0.ip`, 'db', '"db" is not an IP address'],
  ['Deployment web', `${POD}.tolerations.0.operator`, 'Exists', 'Exists takes no value'],
  ['Deployment web', `${POD}.tolerations.1.effect`, 'NoSchedule', 'is for the effect NoExecute'],
  ['Deployment web', `${POD}.topologySpreadConstraints.0.maxSkew`, 0, '0 is not 1 or more'],
  ['Deployment web', `${POD}.volumes.0.configMap.items.0.path`, '/web', 'not a path below a folder'],
  ['Deployment web', `${POD}.volumes.0.configMap.items.0.mode`, 1000, 'not a number from 0 to 511'],
  ['Deployment web', `${POD}.volumes.2.projected.sources.0.secret`, { name: 'a' }, 'exclude each other'],
  [
    'Deployment web',
    `${CONTAINER}.imagePullPolicy`,
    'Often',
    'must be one of Always, Never, IfNotPresent, got',
  ],
  ['Deployment web', `${CONTAINER}.securityContext.procMount`, 'Bare', 'must be one of Default, Unmasked'],
  ['Deployment web', `${CONTAINER}.securityContext.privileged`, true, 'cannot be kept from more rights'],
  ['Deployment web', `${CONTAINER}.securityContext.seccompProfile`, { type: 'Localhost' }, 'names no file'],
  ['Deployment web', `${CONTAINER}.env.1.valueFrom.fieldRef.fieldPath`, 'spec.name', 'not a field of a pod'],
  ['Deployment web', `${CONTAINER}.env.2.valueFrom.resourceFieldRef.resource`, 'cpu', 'not a resource of a'],
  ['Deployment web', `${CONTAINER}.env.0.valueFrom.secretKeyRef.key`, 'a/b', 'not a key of a ConfigMap'],
  ['Deployment web', `${CONTAINER}.envFrom.0.configMapRef.name`, '', '"" is not a name of lower case'],
  ['Deployment web', `${CONTAINER}.lifecycle.preStop.exec.command`, [], 'there is no command'],
  [
    'Deployment web',
    'spec.template.metadata.annotations',
    { 'a b': 'c' },
    'cannot be the key of an annotation',
  ],
  ['Deployment web', 'spec.strategy.type', 'Recreate', 'Recreate has no rollingUpdate'],
  ['Deployment web', 'spec.strategy.rollingUpdate', { maxSurge: 0, maxUnavailable: 0 }, 'both 0'],
  ['Deployment web', 'spec.minReadySeconds', 120, 'not more than minReadySeconds'],
  ['Deployment web', 'spec.selector.matchExpressions.0.values', ['a b'], 'cannot be the value of a label'],
  ['StatefulSet db', 'spec.volumeClaimTemplates.0.spec.accessModes', [], 'there are no access modes'],
  ['StatefulSet db', 'spec.updateStrategy.type', 'Recreate', 'a StatefulSet has no Recreate'],
  ['StatefulSet db', 'spec.persistentVolumeClaimRetentionPolicy.whenScaled', 'Keep', 'one of Retain, Delete'],
  ['DaemonSet agent', `${CONTAINER}.ports.0.hostPort`, 9101, 'hostPort is 9101, but containerPort 9100'],
  ['Pod debug', 'spec.volumes.2.nfs.path', 'exports', '"exports" is not an absolute path'],
  ['Pod debug', 'spec.volumes.3.csi.driver', 'a b', '"a b" is no driver'],
  ['Pod debug', 'spec.volumes.1.downwardAPI.items.0.fieldRef.fieldPath', 'spec.nodeName', 'become a file'],
  ['Job load', `${POD}.restartPolicy`, undefined, 'the pods of a Job end'],
  ['Job load', 'spec.backoffLimit', -1, '-1 is not 0 or more'],
  ['Job load', 'spec.maxFailedIndexes', 1, 'maxFailedIndexes stands without it'],
  ['CronJob nightly', 'spec.schedule', '30 2 * *', 'is not a schedule of cron'],
  ['CronJob nightly', 'spec.schedule', '60 2 * * *', 'is not a schedule of cron'],
  ['CronJob nightly', 'spec.timeZone', 'Vienna', '"Vienna" is not a time zone'],
  ['CronJob nightly', 'spec.jobTemplate.spec.template.spec.containers', [], 'there are no containers'],
  ['PersistentVolumeClaim data', 'spec.resources', undefined, 'no size is requested'],
  ['PersistentVolumeClaim data', 'spec', undefined, 'there are no access modes'],
  ['Service web', 'spec.ports.0.appProtocol', '.', '"." is not a name such as example.com/name'],
  ['Service web', 'spec.allocateLoadBalancerNodePorts', true, 'type ClusterIP has no allocateLoadBalancer'],
  ['Service web', 'spec.internalTrafficPolicy', '', 'must be one of Cluster, Local, got string ""'],
  ['Service edge', 'spec.externalIPs.0', 'edge', '"edge" is not an IP address'],
  ['Service edge', 'spec.loadBalancerSourceRanges.0', '10.0.0.0', 'is not a block of addresses'],
  ['Service outside', 'spec.externalName', 'Outside', '"Outside" is no host'],
  ['Service outside', 'spec.clusterIP', 'None', 'type ExternalName has no address'],
  ['Secret web-tls', 'data', { 'tls.crt': 'aGVsbG8=' }, 'a Secret of type kubernetes.io/tls has tls.key'],
  ['HorizontalPodAutoscaler plain', 'spec.minReplicas', 0, 'no metric tells when to start the first pod'],
  ['HorizontalPodAutoscaler web', 'spec.minReplicas', -1, 'minReplicas is -1'],
  ['HorizontalPodAutoscaler web', 'spec.behavior.scaleUp.selectPolicy', 'All', 'one of Max, Min, Disabled'],
  ['HorizontalPodAutoscaler web', 'spec.behavior.scaleDown.policies', [], 'policies is empty'],
  ['HorizontalPodAutoscaler web', 'spec.metrics.3.external.target', { type: 'Value' }, 'has no amount'],
  [
    'HorizontalPodAutoscaler web',
    'spec.metrics.4.containerResource.name',
    'disk',
    'a resource of a container',
  ],
  ['Ingress web', 'spec.tls.0.hosts.0', 'Shop', '"Shop" is not a domain'],
  ['Ingress web', 'spec.rules.0.http.paths.0.pathType', 'Regex', 'must be one of Exact, Prefix'],
  ['NetworkPolicy web', 'spec.policyTypes.0', 'Inward', 'must be one of Ingress, Egress'],
  ['ClusterRole all', 'aggregationRule.clusterRoleSelectors', [], 'clusterRoleSelectors is empty'],
  ['ValidatingAdmissionPolicy weights', 'spec.matchConstraints', undefined, 'the policy looks at nothing'],
  ['ValidatingAdmissionPolicy weights', 'spec.validations.0.expression', 'size(', 'no CEL'],
  [
    'ValidatingAdmissionPolicyBinding weights',
    'spec.validationActions',
    ['Deny', 'Warn'],
    'Deny warns already',
  ],
])('%s: %s of %j is refused', (object, path, value, message) => {
  expect(problems(changed(object, path, value)).join('\n')).toContain(message);
});

test.each([
  ['CronJob nightly', 'spec.schedule', '@daily'],
  ['CronJob nightly', 'spec.schedule', '*/5 0-6,22 ? JAN-mar mon'],
  ['Service web', 'spec.trafficDistribution', 'PreferClose'],
  ['HorizontalPodAutoscaler web', 'spec.minReplicas', 0],
  ['Deployment web', `${POD}.restartPolicy`, ''],
  ['StatefulSet db', `${POD}.hostname`, 'A_b'],
  ['Deployment web', `${CONTAINER}.lifecycle.preStop`, { sleep: {} }],
])('%s: %s of %j is taken', (object, path, value) => {
  expect(problems(changed(object, path, value))).toEqual([]);
});
