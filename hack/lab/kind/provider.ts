import type { Provider } from '../provider';
export function kindProvider(name: string, cache: string): Provider {
  throw new Error(name + cache);
}
