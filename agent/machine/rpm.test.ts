import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RpmMachine } from '../testing/rpm-machine';

const { test, beforeAll } = needing('rpm', 'rpmbuild', 'mounts');

const machine = new RpmMachine();
afterAll(() => machine.remove());
/** The agent's own modules, and what tells the state of the machine. */
const PRELUDE = `
  const { readDistribution } = agent('machine/distribution');
  const { installedVersion, versionOfFile, installPackage, packageStep, removePackage, fetchPackage, packageUrl } = agent('machine/package');
  const distribution = readDistribution('/etc/os-release');
  const state = () => sh('getent passwd istio-proxy; getent group istio-proxy; find /usr/local/bin /lib/systemd/system/istio.service /etc/istio /etc/certs /var/lib/istio /var/log/istio -newermt "1 hour ago" -not -type d; rpm -qa');
`;
const on = <T>(code: string, macros?: string[]) => machine.run<T>(PRELUDE + code, macros);

const [older, newer] = [machine.sidecar('1.21.6'), machine.sidecar('1.22.3')];
beforeAll(() => {
  for (const version of ['1.21.6', '1.22.3']) machine.buildSidecar(version);
});

test('the sidecar is installed, queried and erased, and the machine is as it was', () => {
  const seen = on<Record<string, unknown>>(`
    const before = state();
    const step = await packageStep(distribution);
    const found = { distribution, none: await installedVersion(distribution) ?? 'none', offered: await versionOfFile('${newer}', distribution), step };
    await installPackage('${newer}', distribution);
    const installed = await installedVersion(distribution);
    const mode = sh('stat -c %a:%G /usr/local/bin/envoy');
    require('node:fs').appendFileSync('/var/lib/istio/envoy/sidecar.env', 'changed by hand\\n');
    await removePackage(step);
    return { ...found, installed, mode, left: state() === before ? 'nothing' : state() };
  `);
  expect(seen).toMatchObject({
    distribution: { name: 'Rocky Linux 9.5 (Blue Onyx)', type: 'rpm' },
    none: 'none',
    offered: '1.22.3',
    step: { do: 'package', type: 'rpm', name: 'istio-sidecar', userBefore: false },
    installed: '1.22.3',
    mode: '2755:root',
    left: 'nothing',
  });
});

test('it is upgraded, taken back to an older one, and installed over itself', () => {
  const versions = on<string[]>(`
    const versions = [];
    for (const file of ['${older}', '${newer}', '${older}', '${older}']) {
      await installPackage(file, distribution);
      versions.push(await installedVersion(distribution));
    }
    return versions;
  `);
  expect(versions).toEqual(['1.21.6', '1.22.3', '1.21.6', '1.21.6']);
});

test('what a person wrote into its configuration outlives an upgrade', () => {
  const kept = on<string>(`
    await installPackage('${older}', distribution);
    require('node:fs').writeFileSync('/var/lib/istio/envoy/sidecar.env', 'ISTIO_CUSTOM=1\\n');
    await installPackage('${newer}', distribution);
    return sh('cat /var/lib/istio/envoy/sidecar.env');
  `);
  expect(kept).toBe('ISTIO_CUSTOM=1');
});

test('a package without a signature, as Istio gives it, is taken where rpm asks for one: its checksum was verified', () => {
  const installed = on<string>(
    `await installPackage('${newer}', distribution); return installedVersion(distribution);`,
    ['%_pkgverify_level all'],
  );
  expect(installed).toBe('1.22.3');
});

test('it is fetched by its address for this kind of machine, and its checksum verified', () => {
  const wanted = createHash('sha256').update(readFileSync(newer)).digest('hex');
  const served = `
    const server = require('node:http').createServer((request, response) => {
      if (request.url === '/1.22.3/rpm/istio-sidecar.rpm') response.end(require('node:fs').readFileSync('${newer}'));
      else response.writeHead(404).end();
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    server.unref();
    const base = 'http://127.0.0.1:' + server.address().port + '/{version}/{type}/istio-sidecar.{type}';
    const url = packageUrl({ url: base }, '1.22.3', distribution);
    const fetched = (sha256) => fetchPackage({ url: base, sha256: [sha256], plainHttp: true }, url, '/var/cache/meshferry');
  `;
  const offered = on(`${served} return versionOfFile(await fetched('${wanted}'), distribution);`);
  expect(offered).toBe('1.22.3');
  const refused = on(`${served} return fetched('${'0'.repeat(64)}');`);
  expect(refused).toMatchObject({
    threw: 'checksum',
    message: expect.stringContaining(`has SHA-256 ${wanted}`),
  });
});

describe('what does not install says why, and leaves no part of it', () => {
  const failing = (prepare: string) =>
    on<Record<string, unknown>>(`
      ${prepare}
      const before = state();
      const step = await packageStep(distribution);
      try {
        await installPackage(FILE, distribution);
      } catch ({ kind, message, next }) {
        await removePackage(step);
        return { kind, message, next, left: state() === before ? 'nothing' : state() };
      }
    `);

  test.each([
    [
      'a package that the machine lacks',
      `sh('rpm --erase distribution'); const FILE = '${newer}';`,
      'package',
      'iptables is needed by istio-sidecar',
    ],
    [
      'no rpm package at all',
      `const FILE = '/tmp/not-a-package.rpm'; sh('head -c 100000 /dev/urandom > /usr/local/share/no.rpm'); sh('cp /usr/local/share/no.rpm ' + FILE);`,
      'package',
      'not an rpm package',
    ],
    [
      'a damaged download',
      `const FILE = '/usr/local/share/damaged.rpm'; sh('cp ${newer} ' + FILE); require('node:fs').truncateSync(FILE, 6000);`,
      'package',
      '',
    ],
    [
      'too little room',
      `const FILE = '${newer}'; sh('mount -t tmpfs -o size=1m tmpfs /usr/local/bin');`,
      'disk-full',
      'the disk filled up while the sidecar was installed',
    ],
    [
      'a read-only file system',
      `const FILE = '${newer}'; sh('mount -t tmpfs -o ro tmpfs /usr/local/bin');`,
      'read-only',
      'the sidecar cannot be installed',
    ],
    [
      'a read-only database of packages',
      `const FILE = '${newer}'; sh('mount --bind /var/lib/rpm /var/lib/rpm && mount -o remount,bind,ro /var/lib/rpm');`,
      'read-only',
      'Read-only file system',
    ],
  ])('%s', (_, prepare, kind, message) => {
    expect(failing(prepare)).toEqual({
      kind,
      message: expect.stringContaining(message),
      next: expect.any(String),
      left: 'nothing',
    });
  });
});
