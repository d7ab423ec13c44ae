import { execFileSync } from 'node:child_process';
import { VM_NETWORKS } from '../addresses';
import { components } from './components';
import { configFiles } from './configs';
import { layout } from './layout';

const lab = layout('/state/one');
const files = configFiles(lab, '/cache/store');

test('two labs share no path that is written to', () => {
  const other = configFiles(layout('/state/two'), '/cache/store');
  for (const file of ['containerd.toml', 'kubelet.yaml', 'containers.conf', 'storage.conf']) {
    expect(files[file]).toContain('/state/one/');
    expect(other[file]).toBe(files[file]?.replaceAll('/state/one', '/state/two'));
  }
});

test('every VM network is routed, not masqueraded, and podman knows it by name', () => {
  for (const { name, subnet, bridge } of VM_NETWORKS) {
    const network = JSON.parse(files[`networks/${name}.conflist`] ?? '');
    expect(network.name).toBe(name);
    expect(network.plugins[0]).toMatchObject({ type: 'bridge', bridge, ipMasq: false });
    expect(network.plugins[0].ipam.ranges[0][0].subnet).toBe(subnet);
  }
});

test('every component can be started and asked', () => {
  const all = Object.values(components(lab, '/bin/k8s', '/bin/kubectl', '/src'));
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { command, probe } of all) {
    expect(command.every((word) => word !== '' && !word.includes('undefined'))).toBe(true);
    execFileSync('sh', ['-n', '-c', probe]); // it parses
    expect(probe).not.toContain('\n');
  }
});
