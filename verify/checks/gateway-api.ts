import { fields, items } from '../../manifests/manifest';
import type { ObjectSet } from '../object-set';
import type { ManifestCheck } from './check';

const GROUP = 'gateway.networking.k8s.io';
const CRD = `tcproutes.${GROUP}`;

/** Which Istio and which CRDs know a version of TCPRoute. */
const KNOWN_BY: Readonly<Record<string, string>> = {
  v1alpha2:
    'Istio up to 1.30 with PILOT_ENABLE_ALPHA_GATEWAY_API, and the experimental CRDs of the Gateway API,',
  v1: 'Istio from 1.31 on, with the CRDs of the Gateway API from 1.6 on,',
};

/** A TCPRoute of a version that Istio does not watch routes nothing, and nobody says so. */
export const watchedRoutes: ManifestCheck = {
  id: 'MF801',
  title: 'Istio and the CRDs know the version of every TCPRoute',
  needs: 'files',
  run: function* (objects, context) {
    const served = servedVersions(objects, context);
    for (const entry of objects.of('TCPRoute', GROUP)) {
      const version = String(entry.manifest.apiVersion).split('/')[1] ?? '';
      const known = KNOWN_BY[version];
      if (served && !served.versions.includes(version))
        yield {
          entry,
          path: ['apiVersion'],
          beside: [served.entry],
          message: `${served.entry.label} does not serve ${version} of TCPRoute`,
          fix: `use ${served.versions.join(' or ')}, or the CRDs of another release`,
        };
      else if (known)
        yield {
          entry,
          path: ['apiVersion'],
          severity: 'note',
          message: `only ${known} follows ${version} of TCPRoute: others ignore its weights without a word`,
          fix: 'compare with the releases of your Istio and of your CRDs',
        };
    }
  },
};

function servedVersions(...sets: readonly ObjectSet[]) {
  const entry = sets
    .flatMap((set) => set.of('CustomResourceDefinition', 'apiextensions.k8s.io'))
    .find(({ name }) => name === CRD);
  if (!entry) return undefined;
  const versions = items(entry.spec.versions).map(fields);
  return {
    entry,
    versions: versions.filter(({ served }) => served === true).map(({ name }) => String(name)),
  };
}
