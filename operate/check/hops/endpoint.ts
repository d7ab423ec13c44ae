import type { Side } from '../../../config';
import { faultOf, type LiveObject } from '../../gate/cluster';
import { endpointsOf, heldEndpoints, isBehindGateway } from '../endpoints';
import { type Facts, hasSidecar, nameOf, podsOf } from '../facts';
import { broken, good, type Look, unknown } from '../hop';

/** Whether the side has endpoints that take requests, and whether the caller's Envoy holds them. */
export function endpoint(facts: Facts, side: Side): Look {
  const declared = side === 'vm' ? machines(facts) : pods(facts);
  if (declared.outcome !== 'good') return declared;
  const held = heldEndpoints(facts, side);
  if (held === undefined) {
    const { envoy } = facts;
    return typeof envoy === 'string'
      ? unknown(`${declared.found}; ${envoy}`)
      : broken(
          `the caller's Envoy has no cluster for the ${side === 'vm' ? 'VM' : 'pods'}`,
          'see what istiod sends it: istioctl proxy-status',
        );
  }
  const wanted = endpointsOf(facts, side).filter(({ object }) => side === 'kubernetes' || !faultOf(object));
  const missing = wanted.find(({ address }) => !held.some((one) => one.address === address));
  if (held.length === 0 || (missing && !isBehindGateway(facts)))
    return broken(
      `${missing ? nameOf(missing.object) : 'the side'} is well, and the caller's Envoy does not have ${missing?.address ?? 'it'} as an endpoint`,
      "see what istiod sends: istioctl proxy-status; a port name that the Service's targetPort does not fit drops an endpoint without a word",
    );
  const ejected = held.filter(({ health }) => health !== 'healthy');
  if (ejected.length === held.length)
    return broken(
      `the caller's Envoy has ejected ${ejected.map(({ address, health }) => `${address} (${health})`).join(', ')}`,
      'see why its requests fail: the access log of the side, and `meshferry gate`',
    );
  return good(`${declared.found}; the caller's Envoy holds ${held.map(({ address }) => address).join(', ')}`);
}

function machines(facts: Facts): Look {
  const { migration } = facts.loaded;
  const all = endpointsOf(facts, 'vm');
  if (all.length === 0)
    return broken(
      `WorkloadGroup ${migration.vm.group} has no WorkloadEntry: no machine is in the mesh`,
      'on the machine: meshferry-agent status says why; meshferry-agent reconcile joins it',
    );
  const faults = all.map(({ object }) => faultOf(object));
  if (faults.every((fault) => fault !== undefined))
    return broken(
      faults.join('; '),
      "start the service on the machine (systemctl status), or correct vm.probe in the migration; the machine's own view: meshferry-agent doctor",
    );
  const serving = faults.filter((fault) => fault === undefined).length;
  return good(`${serving} of ${all.length} WorkloadEntries serve`);
}

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  }[];
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
}

function pods(facts: Facts): Look {
  const { migration } = facts.loaded;
  const all = podsOf(facts);
  const where = `-n ${migration.namespace}`;
  if (all.length === 0)
    return broken(
      `Deployment ${migration.kubernetes?.name} has no pod`,
      `kubectl ${where} describe deployment ${migration.kubernetes?.name}; kubectl ${where} get events`,
    );
  const ready = all.filter(isReady);
  const [first] = all;
  if (ready.length === 0 && first)
    return broken(
      `none of ${all.length} pods is ready: ${whyNot(first)}`,
      `kubectl ${where} describe pod ${first.metadata.name}; kubectl ${where} logs ${first.metadata.name} --all-containers`,
    );
  const bare = ready.find((pod) => !hasSidecar(pod));
  if (bare)
    return broken(
      `${nameOf(bare)} has no sidecar`,
      `label the namespace (kubectl label namespace ${migration.namespace} istio-injection=enabled) and restart: kubectl ${where} rollout restart deployment/${migration.kubernetes?.name}`,
    );
  return good(`${ready.length} of ${all.length} pods are ready`);
}

function isReady({ status }: LiveObject): boolean {
  const { conditions = [] } = (status ?? {}) as PodStatus;
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

function whyNot({ metadata, status }: LiveObject): string {
  const { containerStatuses = [], conditions = [], phase } = (status ?? {}) as PodStatus;
  const waiting = containerStatuses.find(({ state }) => state?.waiting)?.state?.waiting;
  const message = conditions.find(({ type, status: value }) => type === 'Ready' && value !== 'True')?.message;
  return `${metadata.name} ${waiting?.reason ?? message ?? phase ?? 'does not say why'}`;
}
