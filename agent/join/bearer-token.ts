import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { Failure } from '../failure';

/**
 * A token as people paste it, without surrounding white space, which includes a terminal's carriage return.
 *
 * @throws Failure `usage` if it is empty, or has characters that no token has
 */
export function cleanToken(text: string): string {
  const token = text.trim();
  const next = 'make one: kubectl create token <group>-agent -n <namespace> --duration 1h';
  if (token === '') throw new Failure('usage', 'the bearer token is empty', next);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Failure('usage', 'the bearer token holds white space or characters that no token holds', next);
  }
  return token;
}

/** Reads the agent's token, and makes the file readable for its owner only. */
export function readBearerToken(file: string): string {
  if (!existsSync(file)) {
    throw new Failure(
      'bad-token',
      'there is no bearer token',
      'give one: kubectl create token <group>-agent -n <namespace> | meshferry-agent set bearer-token -',
    );
  }
  if (statSync(file).mode & 0o077) chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}
