import { fields, items, type Path, text } from '../manifests/manifest';
import { type Broken, isGiven, isSet, type Rules } from './broken';
import { labelRules } from './names';
import { notNegative, portRule } from './values';

const COUNTS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];

/** What istiod's webhook refuses of a WorkloadGroup. */
export const workloadGroupRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  if (!isGiven(spec.template)) yield { path: ['spec'], message: 'there is no template', fix: 'add template' };
  yield* labelRules(fields(spec.metadata).labels, ['spec', 'metadata', 'labels']);
  if (isGiven(spec.probe)) yield* probeRules(spec.probe, ['spec', 'probe']);
};

function* probeRules(value: unknown, path: Path): Generator<Broken> {
  const probe = fields(value);
  for (const key of COUNTS) yield* notNegative(probe, key, path);
  const { httpGet, tcpSocket, exec, grpc } = probe;
  if (isGiven(httpGet)) {
    const { port = 0, scheme, httpHeaders } = fields(httpGet);
    const at = [...path, 'httpGet'];
    yield* portRule(port, [...at, 'port']);
    if (isSet(scheme) && scheme !== 'HTTP' && scheme !== 'HTTPS')
      yield { path: [...at, 'scheme'], message: `"${scheme}" is no scheme here`, fix: 'use HTTP or HTTPS' };
    for (const [index, header] of items(httpHeaders).entries()) {
      const name = text(fields(header).name) ?? '';
      if (!/^[-A-Za-z0-9]+$/.test(name))
        yield {
          path: [...at, 'httpHeaders', index, 'name'],
          message: `"${name}" is no name of a header`,
          fix: 'use letters, digits and "-"',
        };
    }
  } else if (isGiven(tcpSocket)) yield* portRule(fields(tcpSocket).port ?? 0, [...path, 'tcpSocket', 'port']);
  else if (isGiven(exec)) {
    if (!isSet(fields(exec).command))
      yield { path: [...path, 'exec'], message: 'there is no command', fix: 'add command' };
  } else
    yield {
      path: isGiven(grpc) ? [...path, 'grpc'] : path,
      message: isGiven(grpc)
        ? "istiod's webhook does not know grpc"
        : 'the probe does not say what to look at',
      fix: 'add httpGet, tcpSocket or exec',
    };
}
