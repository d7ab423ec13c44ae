import { fields, items } from '../manifests/manifest';
import type { KubernetesFields } from './schema/kubernetes-field';
import { isDnsLabel } from './schema/scalars';

/** Name of the main container: the app's, or the migration's where the app's label can't name a container. */
export function mainContainerName(app: string, migration: string): string {
  return isDnsLabel(app) ? app : migration;
}

/** What a pod template says of the main container; empty where it says nothing. */
export function mainContainerIn(podTemplate: KubernetesFields | undefined, name: string): KubernetesFields {
  const containers = items(fields(podTemplate?.spec).containers).map(fields);
  return containers.find((container) => container.name === name) ?? {};
}
