import type { Construct } from 'constructs';
import * as k8s from '../imports/k8s';

/** Properties of a {@link LayerMarker}. */
export interface LayerMarkerProps {
  /** Name of the migration. */
  readonly migration: string;
  /** Name of the layer that holds nothing else. */
  readonly layer: 'vm' | 'workload' | 'routing';
  /**
   * Labels of the object.
   *
   * @default - those of the chart
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A ConfigMap that stands in an otherwise empty layer.
 *
 * Git keeps no empty folder, and a controller whose path is gone fails where it should prune. This object keeps the
 * layer's path, so that the sync succeeds and removes what the layer held before. Nothing reads it, and it never
 * changes.
 *
 * @see https://kubernetes.io/docs/reference/labels-annotations-taints/#description
 */
export class LayerMarker extends k8s.KubeConfigMap {
  constructor(scope: Construct, id: string, props: LayerMarkerProps) {
    super(scope, id, {
      metadata: {
        name: `${props.migration}-${props.layer}-layer`,
        labels: props.labels,
        annotations: {
          'kubernetes.io/description':
            'Keeps the path of an empty layer in git, so that a sync prunes what the layer held before.',
        },
      },
    });
  }
}
