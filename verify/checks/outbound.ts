import { fields, items, type Path } from '../../manifests/manifest';
import type { Entry } from '../object-set';
import type { ManifestCheck } from './check';
import { meet } from './virtual-services';

/** One port of a host speaks one protocol. */
export const agreeingServiceEntries: ManifestCheck = {
  id: 'MF305',
  title: 'ServiceEntries of one host agree about the protocols of its ports',
  istio: ['IST0177'],
  needs: 'files',
  run: function* (objects, context) {
    const known = new Map<string, { entry: Entry; protocol: string }[]>();
    const judged = new Set(objects.istio('ServiceEntry'));
    for (const entry of [...context.istio('ServiceEntry'), ...judged])
      for (const [index, item] of items(entry.spec.ports).entries())
        for (const host of items(entry.spec.hosts)) {
          const protocol = String(fields(item).protocol ?? 'TCP').toUpperCase();
          const key = `${host} ${fields(item).number}`;
          const others = known.get(key) ?? [];
          known.set(key, [...others, { entry, protocol }]);
          const other = others.find((one) => one.protocol !== protocol && meet(one.entry, entry));
          if (other && judged.has(entry))
            yield {
              entry,
              path: ['spec', 'ports', index, 'protocol'],
              beside: [other.entry],
              message: `${other.entry.label} says that port ${fields(item).number} of ${host} speaks ${other.protocol}, not ${protocol}`,
              fix: 'give the port the same protocol in both',
            };
        }
  },
};

/** A port of TCP is told apart by addresses, where there are some. */
export const addressedPorts: ManifestCheck = {
  id: 'MF306',
  title: 'a ServiceEntry with a port of TCP has addresses',
  istio: ['IST0134'],
  needs: 'files',
  run: function* (objects) {
    for (const entry of objects.istio('ServiceEntry')) {
      const { addresses, workloadSelector, ports } = entry.spec;
      // Workloads of the mesh have addresses of their own.
      if (items(addresses).length > 0 || workloadSelector !== undefined) continue;
      for (const [index, port] of items(ports).map(fields).entries())
        if (['', 'TCP'].includes(String(port.protocol ?? '').toUpperCase()))
          yield {
            entry,
            path: ['spec', 'ports', index],
            severity: 'note',
            message: `port ${port.number} speaks TCP, and no addresses tell it apart: without addresses that Istio allocates, it takes all that goes to port ${port.number}`,
            fix: 'add addresses, or name a protocol such as TLS or HTTP; Istio from 1.25 on allocates addresses itself',
          };
    }
  },
};

/** TLS that verifies nobody hides from listeners, and not from whoever answers in the host's place. */
export const verifiedServers: ManifestCheck = {
  id: 'MF404',
  title: 'TLS towards a host verifies who answers',
  istio: ['IST0128', 'IST0129'],
  needs: 'files',
  run: function* (objects) {
    for (const entry of objects.istio('DestinationRule'))
      for (const { tls, path } of tlsSettings(entry)) {
        const { mode, caCertificates, insecureSkipVerify } = tls;
        // Sidecars read the Secret only where the rule is for the workloads of its namespace.
        const credentialName = entry.spec.workloadSelector !== undefined && tls.credentialName;
        if (mode !== 'SIMPLE' && mode !== 'MUTUAL') continue;
        if (insecureSkipVerify !== true && (caCertificates || credentialName)) continue;
        yield {
          entry,
          path,
          severity: 'note',
          message:
            insecureSkipVerify === true
              ? 'insecureSkipVerify takes whoever answers for the host'
              : `${mode} names no CA: Istio trusts those of the proxy's system, and older releases trusted whoever answered`,
          fix: 'add caCertificates, or a credentialName that brings them',
        };
      }
  },
};

function* tlsSettings({ spec }: Entry): Generator<{ tls: Readonly<Record<string, unknown>>; path: Path }> {
  const policies: [unknown, Path][] = [
    [spec.trafficPolicy, ['spec', 'trafficPolicy']],
    ...items(spec.subsets).map((subset, index): [unknown, Path] => [
      fields(subset).trafficPolicy,
      ['spec', 'subsets', index, 'trafficPolicy'],
    ]),
  ];
  for (const [policy, path] of policies) {
    yield { tls: fields(fields(policy).tls), path: [...path, 'tls'] };
    for (const [index, port] of items(fields(policy).portLevelSettings).entries())
      yield { tls: fields(fields(port).tls), path: [...path, 'portLevelSettings', index, 'tls'] };
  }
}
