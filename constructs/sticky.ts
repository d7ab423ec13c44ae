import { milliseconds } from '../config/schema/duration';
import type { Sticky } from '../config/schema/sticky';
import type { VirtualServiceSpecHttp, VirtualServiceSpecHttpRoute } from '../imports/networking.istio.io';
import type { Plain } from '../imports/plain';

type HttpRoute = Plain<VirtualServiceSpecHttp>;
type Destination = Plain<VirtualServiceSpecHttpRoute>;

/**
 * A weighted route with sessions that stay: first a route for the callers of each side, told by what its answers left
 * with them, then the one that draws a side and leaves that mark. Both sides leave one: a mark of one side alone would
 * let the callers of the other draw again at each request, until all of them are there.
 *
 * A cookie is set by the draw alone, so that it ends `maxAge` after the first answer and not after the last one: else
 * busy sessions would never follow the declared share.
 */
export function stickyRoutes(route: HttpRoute, { cookie, maxAge, header }: Sticky): HttpRoute[] {
  const sides = route.route ?? [];
  const mark = (side: string): Record<string, string> => ({
    ...(cookie !== undefined && {
      'set-cookie': `${cookie}=${side}; Path=/; Max-Age=${milliseconds(maxAge ?? '0s') / 1000}; HttpOnly; SameSite=Lax`,
    }),
    ...(header !== undefined && { [header]: side }),
  });
  const answered = (marks: Record<string, string>): Pick<Destination, 'headers'> =>
    Object.keys(marks).length > 0 ? { headers: { response: { add: marks } } } : {};
  const stays = sides.map((side): HttpRoute => {
    const name = side.destination.subset ?? '';
    const signs = [
      ...(cookie !== undefined ? [{ cookie: { regex: `(.*;\\s*)?${cookie}=${name}(;.*)?` } }] : []),
      ...(header !== undefined ? [{ [header]: { exact: name } }] : []),
    ];
    const { 'set-cookie': _, ...repeated } = mark(name);
    return {
      ...route,
      match: signs.flatMap((sign) =>
        (route.match ?? [{}]).map((match) => ({ ...match, headers: { ...match.headers, ...sign } })),
      ),
      route: [{ destination: side.destination, ...answered(repeated) }],
    };
  });
  const draws = {
    ...route,
    route: sides.map((side) => {
      const name = side.destination.subset ?? '';
      return { ...side, ...answered(mark(name)) };
    }),
  };
  return [...stays, draws];
}
