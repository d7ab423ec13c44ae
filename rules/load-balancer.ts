import { fields, items, type Path, text } from '../manifests/manifest';
import type { Broken, Part } from './broken';
import { isGiven, isSet } from './broken';
import { localityRules, zoneAwareRules } from './locality';
import { durationRule } from './values';

/** How endpoints of a host are chosen. */
export function* loadBalancerRules(settings: Part, path: Path): Generator<Broken> {
  yield* consistentHashRules(fields(settings.consistentHash), [...path, 'consistentHash']);
  if (isGiven(settings.localityLbSetting) && isGiven(settings.zoneAwareLbSetting))
    yield {
      path,
      message: 'localityLbSetting and zoneAwareLbSetting exclude each other',
      fix: 'remove one of the two',
    };
  yield* localityRules(fields(settings.localityLbSetting), [...path, 'localityLbSetting']);
  yield* zoneAwareRules(fields(settings.zoneAwareLbSetting), [...path, 'zoneAwareLbSetting']);
  if (isGiven(settings.warmup)) yield* warmupRules(fields(settings.warmup), [...path, 'warmup']);
}

function* consistentHashRules(hash: Part, path: Path): Generator<Broken> {
  if (isGiven(hash.httpCookie)) yield* cookieRules(fields(hash.httpCookie), [...path, 'httpCookie']);
  if (isSet(hash.minimumRingSize) && (isGiven(hash.ringHash) || isGiven(hash.maglev)))
    yield {
      path: [...path, 'minimumRingSize'],
      message: 'minimumRingSize stands beside ringHash or maglev',
      fix: 'write ringHash.minimumRingSize',
    };
  if (!isGiven(hash.maglev)) return;
  const size = Number(fields(hash.maglev).tableSize ?? 0);
  if (isPrime(size) && size < 5_000_011) return;
  yield {
    path: [...path, 'maglev', 'tableSize'],
    message: `the table size ${size} is no prime number below 5000011`,
    fix: 'give a prime number, such as 65537',
  };
}

function* cookieRules(cookie: Part, path: Path): Generator<Broken> {
  if (!isSet(cookie.name)) yield { path, message: 'the cookie has no name', fix: 'add name' };
  const names = items(cookie.attributes).map((attribute) => text(fields(attribute).name) ?? '');
  for (const [index, name] of names.entries())
    if (name === '' || names.indexOf(name) !== index)
      yield {
        path: [...path, 'attributes', index],
        message: name === '' ? 'the attribute has no name' : `the attribute ${name} is there twice`,
        fix: name === '' ? 'add name' : 'remove one of the two',
      };
}

function* warmupRules(warmup: Part, path: Path): Generator<Broken> {
  if (!isGiven(warmup.duration)) yield { path, message: 'duration is missing', fix: 'add duration' };
  yield* durationRule(warmup.duration, [...path, 'duration']);
  if (Number(warmup.minimumPercent ?? 0) > 100)
    yield {
      path: [...path, 'minimumPercent'],
      message: `minimumPercent is ${warmup.minimumPercent}`,
      fix: 'give 100 or less',
    };
  if (isGiven(warmup.aggression) && Number(warmup.aggression) <= 0)
    yield {
      path: [...path, 'aggression'],
      message: `aggression is ${warmup.aggression}`,
      fix: 'give more than 0',
    };
}

/** As Envoy tells prime numbers: 1 counts. */
function isPrime(number: number): boolean {
  if (number > 0 && number < 4) return true;
  if (number % 2 === 0) return false;
  for (let factor = 3; factor * factor <= number; factor += 2) if (number % factor === 0) return false;
  return true;
}
