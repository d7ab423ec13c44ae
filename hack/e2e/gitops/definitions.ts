import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab';

/**
 * Applies the CustomResourceDefinitions of a folder, and waits until the API server knows their kinds.
 *
 * @param ending how the names of the files end that hold one
 */
export async function applyDefinitions(lab: Lab, folder: string, ending = '.yaml'): Promise<void> {
  const files = readdirSync(folder).filter((name) => name.endsWith(ending));
  const named = files.flatMap((name) => ['-f', join(folder, name)]);
  await lab.kubectl('apply', '--server-side', ...named);
  await lab.kubectl('wait', '--for=condition=Established', '--timeout=60s', ...named);
}
