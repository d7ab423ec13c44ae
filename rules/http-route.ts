import { fields, items, type Path } from '../manifests/manifest';
import { type Broken, isGiven, isSet, type Part } from './broken';
import { destinationRules, destinationsRules } from './destination';
import { headerOperationRules, singleAuthorityRule } from './headers';
import {
  corsRules,
  directResponseRules,
  faultRules,
  redirectRules,
  retryRules,
  rewriteRules,
} from './http-actions';
import { httpMatchRules } from './http-match';
import { durationRule, rangeRule } from './values';

/** An HTTP route of a VirtualService. */
export function* httpRouteRules(route: Part, path: Path, delegate: boolean): Generator<Broken> {
  yield* conflictRules(route, path, delegate);
  for (const [index, match] of items(route.match).entries())
    yield* httpMatchRules(fields(match), [...path, 'match', index]);
  yield* headerOperationRules(route.headers, [...path, 'headers']);
  yield* singleAuthorityRule(route.rewrite, route.headers, path);
  yield* corsRules(fields(route.corsPolicy), [...path, 'corsPolicy']);
  yield* faultRules(route.fault, [...path, 'fault']);
  yield* mirrorRules(route, path);
  yield* redirectRules(route, [...path, 'redirect']);
  yield* directResponseRules(route.directResponse, [...path, 'directResponse']);
  yield* retryRules(route.retries, [...path, 'retries']);
  yield* rewriteRules(route.rewrite, [...path, 'rewrite']);
  yield* destinationsRules(route.route, [...path, 'route']);
  for (const [index, item] of items(route.route).entries())
    yield* headerOperationRules(fields(item).headers, [...path, 'route', index, 'headers']);
  yield* durationRule(route.timeout, [...path, 'timeout']);
}

/** A route does one thing: it leads somewhere, redirects, answers itself, or delegates. */
function* conflictRules(route: Part, path: Path, delegate: boolean): Generator<Broken> {
  const exclude = (one: string, other: string): Broken => ({
    path: [...path, other],
    message: `${one} and ${other} exclude each other`,
    fix: 'remove one of the two',
  });
  if (isGiven(route.delegate)) {
    if (delegate)
      yield {
        path: [...path, 'delegate'],
        message: 'a VirtualService without hosts, which others delegate to, cannot delegate itself',
        fix: 'remove delegate',
      };
    else {
      for (const other of ['redirect', 'route']) if (isGiven(route[other])) yield exclude('delegate', other);
      return;
    }
  }
  const alone = ['redirect', 'directResponse'].find((key) => isGiven(route[key]));
  if (alone) {
    for (const other of ['route', 'fault', 'rewrite', 'directResponse'])
      if (other !== alone && (other === 'route' ? isSet(route.route) : isGiven(route[other])))
        yield exclude(alone, other);
  } else if (!isSet(route.route))
    yield {
      path,
      message: 'the route leads nowhere',
      fix: 'add route, redirect, directResponse or delegate',
    };
  if (isGiven(route.mirror) && isSet(route.mirrors)) yield exclude('mirrors', 'mirror');
}

function* mirrorRules(route: Part, path: Path): Generator<Broken> {
  const percent = isGiven(route.mirrorPercent) ? 'mirrorPercent' : 'mirror_percent';
  yield* rangeRule(route[percent], 0, 100, [...path, percent]);
  yield* rangeRule(fields(route.mirrorPercentage).value, 0, 100, [...path, 'mirrorPercentage', 'value']);
  yield* destinationRules(route.mirror, [...path, 'mirror']);
  for (const [index, item] of items(route.mirrors).entries()) {
    const at = [...path, 'mirrors', index];
    const { destination, percentage } = fields(item);
    if (!isGiven(destination))
      yield { path: at, message: 'there is no destination', fix: 'add destination.host' };
    yield* destinationRules(destination, [...at, 'destination']);
    yield* rangeRule(fields(percentage).value, 0, 100, [...at, 'percentage', 'value']);
  }
}
