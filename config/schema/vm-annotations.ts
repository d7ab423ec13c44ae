import { PROXY_CONFIG_ANNOTATION, readProxyConfig } from '../../text/proxy-config';
import { annotations } from './scalars';

/** Annotations of a WorkloadGroup: what its machines would refuse is refused here, with its line. */
export const vmAnnotations = annotations.superRefine((value, context) => {
  const text = value[PROXY_CONFIG_ANNOTATION];
  if (text === undefined) return;
  for (const { field, message } of readProxyConfig(text, 'group').problems) {
    context.addIssue({
      code: 'custom',
      path: [PROXY_CONFIG_ANNOTATION],
      message: field === '' ? message : `says ${field}, which ${message}`,
    });
  }
});
