import { fieldChanges } from '../../manifests/field-diff';
import { fields, items, type Manifest } from '../../manifests/manifest';
import { type LiveHost, label } from './live-host';
import { withoutPodDefaults } from './pod-defaults';
import { withoutServerFields } from './server-fields';

/** A field of a live object that the migration cannot say. */
export interface LostField {
  /** `VirtualService shop/orders`. */
  readonly object: string;
  readonly path: string;
  readonly live: unknown;
  /** What is rendered in its place; absent: nothing. */
  readonly rendered?: unknown;
}

/**
 * What of the live objects is not in the rendered ones, field by field.
 *
 * Routes are compared by what they mean, in {@link lostRouteFields}: a migration writes one for each port and rule.
 */
export function lostFields(live: LiveHost, rendered: readonly Manifest[], podsToo: boolean): LostField[] {
  const objects = [
    live.destinationRule,
    live.group,
    live.peerAuthentication,
    podsToo ? live.pods : undefined,
  ];
  const compared = objects.flatMap((object) => {
    const ours = rendered.find((one) => one.kind === object?.kind);
    if (!object || !ours) return [];
    const [before, after] = [object, ours].map((one) => comparable(one, live)) as [Manifest, Manifest];
    return fieldChanges(before, after).flatMap((change) =>
      change.before === undefined
        ? []
        : [
            {
              object: label(object),
              path: change.path,
              live: change.before,
              ...(change.after !== undefined && { rendered: change.after }),
            },
          ],
    );
  });
  return [...compared, ...lostRouteFields(live)];
}

/** Names and hosts of one object in two spellings are no difference. */
function comparable(manifest: Manifest, { name }: LiveHost): Manifest {
  const { metadata, spec: whole } = withoutServerFields(manifest);
  const spec = manifest.kind === 'Deployment' ? withoutPodDefaults(whole) : whole;
  const { name: _name, namespace: _namespace, ...rest } = fields(metadata);
  const host = fields(spec).host === undefined ? {} : { host: name };
  return { metadata: rest, spec: { ...fields(spec), ...host } };
}

const ROUTING = ['hosts', 'gateways', 'http', 'tcp'];

function lostRouteFields({ virtualService }: LiveHost): LostField[] {
  if (!virtualService) return [];
  const object = label(virtualService);
  const lost: LostField[] = [];
  const spec = fields(virtualService.spec);
  const tell = (value: Readonly<Record<string, unknown>>, known: readonly string[], path: string) => {
    for (const [key, live] of Object.entries(value))
      if (!known.includes(key)) lost.push({ object, path: `${path}.${key}`, live });
  };
  tell(spec, ROUTING, 'spec');
  for (const sort of ['http', 'tcp'])
    for (const [index, item] of items(spec[sort]).entries()) {
      const path = `spec.${sort}[${index}]`;
      const { match, route } = fields(item);
      for (const [at, one] of items(match).entries()) {
        if (sort === 'tcp') tell(fields(one), ['port', 'gateways'], `${path}.match[${at}]`);
        const { gateways, port } = fields(one);
        // A migration tells the port of requests from sidecars, and none of those through a gateway.
        if (
          gateways !== undefined &&
          port === undefined &&
          !items(spec.gateways).some((name) => items(gateways).includes(name))
        )
          lost.push({ object, path: `${path}.match[${at}].gateways`, live: gateways });
      }
      for (const [at, one] of items(route).entries())
        tell(fields(one), ['destination', 'weight'], `${path}.route[${at}]`);
    }
  const { metadata } = withoutServerFields(virtualService);
  for (const key of ['labels', 'annotations'])
    if (fields(metadata)[key] !== undefined)
      lost.push({ object, path: `metadata.${key}`, live: fields(metadata)[key] });
  return lost;
}
