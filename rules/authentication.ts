import { fields, items, type Path, text } from '../manifests/manifest';
import { filledRules } from './attributes';
import { type Broken, isGiven, isSet, type Part, type Rules } from './broken';
import { targetRules } from './scope';
import { durationRule } from './values';

/** What istiod's webhook refuses of a PeerAuthentication. */
export const peerAuthenticationRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  const { portLevelMtls, selector } = spec;
  yield* targetRules({ selector });
  const path = ['spec', 'portLevelMtls'];
  const ports = Object.keys(fields(portLevelMtls));
  if (isGiven(portLevelMtls) && ports.length === 0)
    yield { path, message: 'portLevelMtls is empty', fix: 'remove it, or add a port' };
  if (ports.length > 0 && Object.keys(fields(fields(selector).matchLabels)).length === 0)
    yield {
      path,
      message: 'ports can be told apart for selected workloads only',
      fix: 'add selector.matchLabels',
    };
  for (const port of ports)
    if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535)
      yield {
        path: [...path, port],
        message: `${port} is no port number`,
        fix: 'give a number from 1 to 65535',
      };
};

/** What istiod's webhook refuses of a RequestAuthentication. */
export const requestAuthenticationRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  yield* targetRules(spec);
  for (const [index, rule] of items(spec.jwtRules).entries())
    yield* jwtRules(fields(rule), ['spec', 'jwtRules', index]);
};

function* jwtRules(rule: Part, path: Path): Generator<Broken> {
  for (const key of ['audiences', 'fromParams', 'fromCookies']) yield* filledRules(rule[key], [...path, key]);
  if (!isSet(rule.issuer) && !isSet(rule.jwksUri))
    yield { path, message: 'the rule names neither an issuer nor keys', fix: 'add issuer or jwksUri' };
  if (isSet(rule.jwksUri) && !isWebAddress(String(rule.jwksUri)))
    yield {
      path: [...path, 'jwksUri'],
      message: `"${rule.jwksUri}" is no address of keys`,
      fix: 'write an http:// or https:// address',
    };
  if (isSet(rule.jwks) && !isKeySet(String(rule.jwks)))
    yield {
      path: [...path, 'jwks'],
      message: 'the keys are no JSON Web Key Set',
      fix: 'write {"keys": […]}',
    };
  for (const [index, header] of items(rule.fromHeaders).entries())
    if (!isSet(fields(header).name))
      yield { path: [...path, 'fromHeaders', index], message: 'the header has no name', fix: 'add name' };
  for (const [index, item] of items(rule.outputClaimToHeaders).entries()) {
    const { claim, header } = fields(item);
    const at = [...path, 'outputClaimToHeaders', index];
    if (!isSet(claim) || !isSet(header))
      yield { path: at, message: 'claim or header is missing', fix: 'set both' };
    else if (!/^[-_A-Za-z0-9]+$/.test(text(header) ?? ''))
      yield {
        path: [...at, 'header'],
        message: `"${header}" is no name of a header`,
        fix: 'use letters, digits, "-" and "_"',
      };
  }
  yield* durationRule(rule.timeout, [...path, 'timeout']);
}

function isWebAddress(address: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
  oct: ['k'],
};

/** Whether a text is a set of keys, or a single one. */
function isKeySet(json: string): boolean {
  try {
    const parsed: unknown = JSON.parse(json);
    const keys = 'keys' in fields(parsed) ? items(fields(parsed).keys) : [parsed];
    return keys.every((key) => {
      const members = MEMBERS[String(fields(key).kty)];
      return members?.every((member) => isSet(fields(key)[member])) ?? false;
    });
  } catch {
    return false;
  }
}
