import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type Lab } from './lab';

/**
 * Applies the CustomResourceDefinitions of a folder, and waits until the API server knows their kinds.
 *
 * @param ending how the names of the files end that hold one
 */
export async function applyDefinitions(lab: Lab, folder: string, ending = '.yaml'): Promise<void> {
  const files = readdirSync(folder).filter((name) => name.endsWith(ending));
  const named = files.flatMap((name) => ['-f', join(folder, name)]);
  await lab.kubectl('apply', '--server-side', ...named);
  await untilEstablished(lab, ...named);
}

/**
 * Waits until the API server knows the kinds of definitions.
 *
 * @param which as kubectl takes it: names or files
 */
export async function untilEstablished(lab: Lab, ...which: readonly string[]): Promise<void> {
  // kubectl fails where a definition is so new that it has no conditions at all.
  const established = ['wait', '--for=condition=Established', '--timeout=10s', ...which];
  await eventually('the API server knows the new kinds', 60, () =>
    lab.kubectl(...established).then(
      () => true,
      () => false,
    ),
  );
}

const GROUP = 'servicemesh.cisco.com';
/** What objects of the vendor's operator, which declares a mesh by them, are of; the operator itself is not there. */
export const CONTROL_PLANE = { apiVersion: `${GROUP}/v1alpha1`, kind: 'IstioControlPlane' } as const;
const CONTROL_PLANES = `istiocontrolplanes.${GROUP}`;

/** Makes the kind known. */
export async function defineControlPlanes(lab: Lab): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await lab.apply([
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: CONTROL_PLANES },
      spec: {
        group: GROUP,
        names: { kind: CONTROL_PLANE.kind, plural: 'istiocontrolplanes', singular: 'istiocontrolplane' },
        scope: 'Namespaced',
        versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
      },
    },
  ]);
  await untilEstablished(lab, `crd/${CONTROL_PLANES}`);
}

/** Removes it with every object of it. May be repeated. */
export async function forgetControlPlanes(lab: Lab): Promise<void> {
  await lab.kubectl('delete', 'crd', CONTROL_PLANES, '--ignore-not-found');
}
