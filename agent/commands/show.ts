import { existsSync, readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { loadConfig } from '../config-file';
import { claimsOf } from '../kubernetes/token';
import type { Paths } from '../paths';

/** Prints the configuration; of the token, only its service account and when it expires. */
export function show(paths: Paths, { json }: { readonly json?: boolean }): void {
  const claims = existsSync(paths.bearerToken)
    ? claimsOf(readFileSync(paths.bearerToken, 'utf8'))
    : undefined;
  const token = existsSync(paths.bearerToken)
    ? {
        account: claims?.serviceAccount ? `${claims.namespace}/${claims.serviceAccount}` : 'not known',
        expires: claims?.expires?.toISOString() ?? 'not known',
      }
    : 'not set';
  const shown = { ...loadConfig(paths.config), bearerToken: token };
  process.stdout.write(json ? `${JSON.stringify(shown, null, 2)}\n` : stringify(shown));
}
