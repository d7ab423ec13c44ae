import { parseAllDocuments } from 'yaml';
import { fields, type Manifest, selects, texts } from '../../manifests/manifest';
import type { Original } from './migration-of';

/** The Deployments and StatefulSets in manifests, each with the first Service that selects its pods. */
export function workloadsIn(texts_: readonly string[]): Original[] {
  const objects = texts_.flatMap((text) =>
    parseAllDocuments(text, { version: '1.1', logLevel: 'silent' }).map(
      (one) => one.toJS() as Manifest | null,
    ),
  );
  const known = objects.filter((one): one is Manifest => one !== null && typeof one === 'object');
  const services = known.filter(({ kind }) => kind === 'Service');
  return known
    .filter(
      ({ kind, apiVersion }) =>
        apiVersion === 'apps/v1' && ['Deployment', 'StatefulSet'].includes(String(kind)),
    )
    .map((controller) => {
      const labels = texts(fields(fields(fields(controller.spec).template).metadata).labels);
      const service = services.find(({ spec }) => selects(texts(fields(spec).selector), labels));
      return { controller, ...(service && { service }) };
    });
}
