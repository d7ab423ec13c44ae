import { fields } from '../../manifests/manifest';
import type { Broken, Rules } from '../broken';

/** What the API server refuses of a ConfigMap or a Secret. */
export const dataRules: Rules = function* (manifest): Generator<Broken> {
  const secret = manifest.kind === 'Secret';
  const { type, data, stringData } = manifest;
  const encoded = secret ? 'data' : 'binaryData';
  for (const part of secret ? ['data', 'stringData'] : ['data', 'binaryData'])
    for (const [key, value] of Object.entries(fields(manifest[part]))) {
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..'))
        yield {
          path: [part, key],
          message: `"${key}" cannot be a key`,
          fix: 'use letters, digits, "-", "_" and "."',
        };
      if (part === encoded && typeof value === 'string' && !isBase64(value))
        yield {
          path: [part, key],
          message: `the value of ${key} is not encoded in Base64`,
          fix: secret ? 'encode it, or write it under stringData' : 'encode it, or write it under data',
        };
      if (part === 'data' && key in fields(manifest.binaryData))
        yield { path: [part, key], message: `${key} is in binaryData too`, fix: 'keep one of them' };
    }
  for (const key of REQUIRED[String(type)] ?? [])
    if (secret && !(key in fields(data)) && !(key in fields(stringData)))
      yield { path: ['data'], message: `a Secret of type ${type} has ${key}`, fix: `add ${key}` };
};

/** Keys that Secrets of a type have. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function isBase64(value: string): boolean {
  const packed = value.replace(/[\r\n]/g, '');
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}
