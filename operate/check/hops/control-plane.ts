import { type Facts, nameOf, ofKind } from '../facts';
import { broken, good, type Look } from '../hop';

/** Whether istiod runs: what is changed in the cluster reaches no Envoy without it. */
export function controlPlane(facts: Facts): Look {
  const { mesh } = facts.loaded;
  const istiods = ofKind(facts, 'Deployment', mesh.namespace).filter(
    ({ metadata }) => metadata.labels?.app === 'istiod',
  );
  const istiod = istiods.find(({ metadata }) => metadata.name === istiodName(mesh.revision)) ?? istiods[0];
  if (!istiod)
    return broken(
      `no Deployment labelled app=istiod is in ${mesh.namespace}`,
      'install Istio there, or correct namespace in mesh.yaml (`meshferry discover` finds it)',
    );
  const ready = Number(istiod.status?.availableReplicas ?? 0);
  if (ready === 0)
    return broken(
      `${nameOf(istiod)} has no available replica: Envoys keep what they hold, and hear of no change`,
      `kubectl -n ${mesh.namespace} get pods -l app=istiod; kubectl -n ${mesh.namespace} rollout restart deployment/${istiod.metadata.name}`,
    );
  return good(`${nameOf(istiod)} has ${ready} available`);
}

function istiodName(revision: string | undefined): string {
  return revision === undefined || revision === 'default' ? 'istiod' : `istiod-${revision}`;
}
