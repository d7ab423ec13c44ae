import { readFileSync, writeFileSync } from 'node:fs';
import { ADDRESSES } from '../addresses';
import { IDENTITIES, kubeconfigOf } from './components';
import type { Layout } from './layout';

/** Writes a kubeconfig for each identity, readable by its owner alone. */
export function writeKubeconfigs(lab: Layout): void {
  for (const identity of IDENTITIES) {
    writeFileSync(kubeconfigOf(lab, identity), kubeconfig(lab, identity), { mode: 0o600 });
  }
}

function kubeconfig(lab: Layout, identity: string): string {
  const inline = (file: string) => readFileSync(`${lab.pki}/${file}`).toString('base64');
  const cluster = {
    server: `https://${ADDRESSES.node}:6443`,
    'certificate-authority-data': inline('ca.crt'),
  };
  const user = {
    'client-certificate-data': inline(`${identity}.crt`),
    'client-key-data': inline(`${identity}.key`),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster }],
    users: [{ name: identity, user }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: identity } }],
    'current-context': 'lab',
  });
}
