import { fields, items, type Path } from '../manifests/manifest';
import { type Broken, isSet, type Part } from './broken';

const OWN = [
  'serverCertificate',
  'privateKey',
  'caCertificates',
  'tlsCertificates',
  'credentialName',
  'credentialNames',
];

/** TLS towards the callers of a gateway, or of a sidecar. */
export function* serverTlsRules(tls: Part, path: Path): Generator<Broken> {
  const { mode } = tls;
  if (mode === 'ISTIO_MUTUAL') {
    for (const key of OWN)
      if (isSet(tls[key]))
        yield {
          path: [...path, key],
          message: `ISTIO_MUTUAL brings its own certificates, not ${key}`,
          fix: `remove ${key}`,
        };
    return;
  }
  const sources = [
    ...(isSet(tls.serverCertificate) && isSet(tls.privateKey) ? ['serverCertificate'] : []),
    ...['credentialName', 'credentialNames', 'tlsCertificates'].filter((key) => isSet(tls[key])),
  ];
  if (sources.length > 1)
    yield {
      path,
      message: `${sources.join(' and ')} exclude each other`,
      fix: 'keep one source of certificates',
    };
  const mutual = mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL';
  const terminates = mode === 'SIMPLE' || mutual;
  if (terminates && (isSet(tls.credentialName) || isSet(tls.credentialNames))) return;
  if (mutual && !isSet(tls.caCertificates))
    yield {
      path,
      message: `${mode} has no certificates to know its callers by`,
      fix: 'add credentialName, or caCertificates',
    };
  if (terminates) yield* certificateRules(tls, path);
  yield* revocationRules(tls, path);
}

function* certificateRules(tls: Part, path: Path): Generator<Broken> {
  const several = isSet(tls.tlsCertificates);
  const certificates: [Part, Path][] = several
    ? items(tls.tlsCertificates).map((one, index) => [fields(one), [...path, 'tlsCertificates', index]])
    : [[tls, path]];
  for (const [certificate, at] of certificates)
    for (const key of ['serverCertificate', 'privateKey'])
      if (!isSet(certificate[key]))
        yield { path: at, message: `${tls.mode} has no ${key}`, fix: `add credentialName, or ${key}` };
}

function* revocationRules(tls: Part, path: Path): Generator<Broken> {
  if (!isSet(tls.caCrl)) return;
  const at = [...path, 'caCrl'];
  if (isSet(tls.credentialName))
    yield {
      path: at,
      message: 'caCrl and credentialName exclude each other',
      fix: 'put the list into the Secret',
    };
  if (tls.mode === 'SIMPLE')
    yield { path: at, message: 'SIMPLE does not look at the certificates of callers', fix: 'remove caCrl' };
}
