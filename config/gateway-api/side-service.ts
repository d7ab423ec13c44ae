import type { Side } from '../../plan/phase';

/** What the names of the sides' Services follow from. */
interface Sides {
  readonly service: { readonly name: string };
  readonly vm: { readonly version: string };
  readonly kubernetes?: { readonly version: string };
}

/**
 * Name of the Service of one side, which routes of the Gateway API lead to: they know no subsets.
 *
 * @returns undefined where there is no such side
 */
export function sideServiceName({ service, vm, kubernetes }: Sides, side: Side): string | undefined {
  const version = side === 'vm' ? vm.version : kubernetes?.version;
  return version === undefined ? undefined : `${service.name}-${version}`;
}
