import { fields } from '../../manifests/manifest';
import { LABEL_VALUE, QUALIFIED_NAME } from '../../text/kubernetes-names';
import { PROXY_CONFIG_ANNOTATION, readProxyConfig } from '../../text/proxy-config';
import type { ManifestCheck } from './check';

/** Istio's start script sources the settings of a sidecar as root; the agent refuses what could steer it. */
export const takenByMachines: ManifestCheck = {
  id: 'MF701',
  title: 'a WorkloadGroup says nothing that its machines refuse',
  needs: 'files',
  run: function* (objects) {
    for (const entry of objects.of('WorkloadGroup', 'networking.istio.io')) {
      const { metadata, template } = entry.spec;
      for (const [above, annotations] of [
        [['metadata'], fields(entry.manifest.metadata).annotations],
        [['spec', 'metadata'], fields(metadata).annotations],
      ] as const) {
        const text = fields(annotations)[PROXY_CONFIG_ANNOTATION];
        if (typeof text !== 'string') continue;
        for (const { field, message } of readProxyConfig(text, 'group').problems)
          yield {
            entry,
            path: [...above, 'annotations', PROXY_CONFIG_ANNOTATION],
            message: `${field || 'the ProxyConfig'} ${message}: the machine would refuse the group`,
            fix: 'take it out, or give it such a value',
          };
      }
      for (const [above, labels] of [
        [['spec', 'metadata'], fields(metadata).labels],
        [['spec', 'template'], fields(template).labels],
      ] as const) {
        for (const [key, value] of Object.entries(fields(labels))) {
          if (QUALIFIED_NAME.test(key) && (typeof value !== 'string' || LABEL_VALUE.test(value))) continue;
          yield {
            entry,
            path: [...above, 'labels', key],
            message: `${JSON.stringify(`${key}=${value}`)} cannot be a label: the machine would refuse the group`,
            fix: 'use at most 63 letters, digits, "-", "_" or "."',
          };
        }
      }
    }
  },
};
