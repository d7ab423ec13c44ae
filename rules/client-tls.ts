import type { Path } from '../manifests/manifest';
import type { Broken, Part } from './broken';
import { isGiven, isSet } from './broken';

const CONFIG_MAP = 'configmap://';

/** TLS towards a host. */
export function* clientTlsRules(tls: Part, path: Path, namespace: string): Generator<Broken> {
  const { mode, credentialName } = tls;
  if (typeof credentialName === 'string' && credentialName.startsWith(CONFIG_MAP)) {
    const [owner, name = ''] = credentialName.slice(CONFIG_MAP.length).split('/');
    if (owner !== namespace || name === '')
      yield {
        path: [...path, 'credentialName'],
        message: `${credentialName} is no ConfigMap of the namespace ${namespace}`,
        fix: `write ${CONFIG_MAP}${namespace}/<name>`,
      };
  }
  if (tls.insecureSkipVerify === true) {
    const contradicting = [
      ...(isSet(tls.caCertificates) ? ['caCertificates'] : []),
      ...(mode === 'SIMPLE' && isSet(credentialName) ? ['credentialName'] : []),
      ...(isGiven(tls.subjectAltNames) && isSet(tls.subjectAltNames) ? ['subjectAltNames'] : []),
    ];
    if ((mode === 'SIMPLE' || mode === 'MUTUAL') && contradicting.length > 0)
      yield {
        path: [...path, 'insecureSkipVerify'],
        message: `nothing is verified, so that ${contradicting.join(' and ')} would have no effect`,
        fix: 'remove insecureSkipVerify, or what it makes useless',
      };
  }
  if (isSet(credentialName) && (mode === 'SIMPLE' || mode === 'MUTUAL')) {
    const files = ['clientCertificate', 'caCertificates', 'privateKey', 'caCrl'].filter((key) =>
      isSet(tls[key]),
    );
    if (files.length > 0)
      yield {
        path,
        message: `credentialName and ${files.join(', ')} exclude each other`,
        fix: 'keep the Secret or the files',
      };
    return;
  }
  if (mode === 'MUTUAL')
    for (const key of ['clientCertificate', 'privateKey'])
      if (!isSet(tls[key]))
        yield {
          path,
          message: `mutual TLS has no ${key}`,
          fix: `add ${key}, or a credentialName for all of them`,
        };
}
