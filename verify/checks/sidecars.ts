import { fields, texts } from '../../manifests/manifest';
import type { Entry, ObjectSet, Workload } from '../object-set';
import type { ManifestCheck } from './check';

/** Sidecars that are both for a workload contradict each other. */
export const oneSidecar: ManifestCheck = {
  id: 'MF213',
  title: 'one Sidecar is for each workload',
  istio: ['IST0110', 'IST0111'],
  needs: 'files',
  run: function* (objects, context) {
    const ofNamespace = new Map<string, Entry>();
    const ofWorkload = new Map<Workload, Entry>();
    const judged = new Set(objects.of('Sidecar', 'networking.istio.io'));
    for (const entry of [...context.of('Sidecar', 'networking.istio.io'), ...judged]) {
      const selector = texts(fields(entry.spec.workloadSelector).labels);
      if (Object.keys(selector).length === 0) {
        const other = ofNamespace.get(entry.namespace);
        if (!other) ofNamespace.set(entry.namespace, entry);
        else if (other.key !== entry.key && judged.has(entry))
          yield problem(entry, [other], `${other.label} is for all workloads of the namespace too`);
        continue;
      }
      const workloads = [objects, context].flatMap((set: ObjectSet) => set.select(entry.namespace, selector));
      const taken = workloads.find((workload) => ofWorkload.has(workload));
      const other = taken && ofWorkload.get(taken);
      for (const workload of workloads) if (!ofWorkload.has(workload)) ofWorkload.set(workload, entry);
      if (taken && other && other.key !== entry.key && judged.has(entry))
        yield problem(entry, [other, taken.entry], `${other.label} is for ${taken.entry.label} too`);
    }
  },
};

function problem(entry: Entry, beside: readonly Entry[], message: string) {
  return {
    entry,
    path: ['spec'],
    beside,
    message: `${message}: which of the two is followed is not defined`,
    fix: 'give it a workloadSelector of its own, or put both into one Sidecar',
  };
}
