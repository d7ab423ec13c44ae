import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import {
  setApiServer,
  setBearerToken,
  setKeepPorts,
  setMesh,
  setNodeIp,
  setPackage,
  setWorkloadGroup,
} from './commands/set';
import { loadConfig } from './config-file';
import { EXIT_CODES, type Failure } from './failure';
import { pathsUnder } from './paths';
import { Authority } from './testing/tls';

const folder = mkdtempSync(join(tmpdir(), 'meshferry-commands-'));
const program = join(folder, 'agent.js');
const authority = new Authority();
beforeAll(() => {
  buildSync({
    entryPoints: [resolve(__dirname, 'main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    keepNames: true,
  });
});
afterAll(() => {
  authority.remove();
  rmSync(folder, { recursive: true });
});

let root: string;
let paths: ReturnType<typeof pathsUnder>;
let printed: string;
beforeEach(() => {
  root = mkdtempSync(join(folder, 'root-'));
  paths = pathsUnder(root);
  printed = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

const agent = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    input: '',
  });
  return { status, stdout, stderr };
};
const refusal = (work: () => void): Failure => {
  try {
    work();
  } catch (error) {
    return error as Failure;
  }
  throw new Error(`it was taken: ${printed}`);
};
const file = (name: string, content: string, mode = 0o600): string => {
  writeFileSync(join(root, name), content, { mode });
  return join(root, name);
};

describe('a command line that is wrong', () => {
  test.each([
    [['frobnicate'], "✖ unknown command 'frobnicate'"],
    [['recconcile'], "✖ unknown command 'recconcile' (Did you mean reconcile?)"],
    [['set', 'workload-group'], "✖ missing required argument 'namespace'"],
    [['set', 'workload-group', 'a', 'b', 'c'], "✖ too many arguments for 'workload-group'"],
    [['set', 'node-ip'], "✖ missing required argument 'ip'"],
    [['set', 'api-server', 'https://x'], "✖ required option '--ca <file>' not specified"],
    [['reconcile', '--dryrun'], "✖ unknown option '--dryrun' (Did you mean --dry-run?)"],
    [['show', 'extra'], "✖ too many arguments for 'show'"],
  ])('%j is refused with 2, one line, and a way on', (args, message) => {
    const { status, stderr } = agent(...args);
    expect(status).toBe(EXIT_CODES.usage);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^.* → see meshferry-agent --help\n$/);
  });

  test('nothing at all shows the help, with 2', () => {
    expect(agent()).toMatchObject({ status: 2, stderr: expect.stringContaining('Examples:') });
  });

  test('the help has examples, and the safe ways for a token before the other', () => {
    expect(agent('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Examples:') });
    expect(agent('set', '--help').stdout).toContain('Examples:');
    const { stdout } = agent('set', 'bearer-token', '--help');
    expect(stdout.indexOf('set bearer-token -')).toBeGreaterThan(0);
    expect(stdout.indexOf('set bearer-token -')).toBeLessThan(stdout.indexOf('set bearer-token <token>'));
  });
});

test('the documentation lists each exit code by its name', () => {
  const documented = readFileSync(resolve(__dirname, '../docs/reference/agent.md'), 'utf8').matchAll(
    /^\| (\d+) \| ([a-z-]+) \|/gm,
  );
  expect(Object.fromEntries([...documented].map(([, code, kind]) => [kind, Number(code)]))).toEqual(
    EXIT_CODES,
  );
});

describe('set node-ip', () => {
  test.each(['300.1.2.3', '10.0.0.1/24', 'localhost', ''])('%j is no address', (ip) => {
    expect(refusal(() => setNodeIp(paths, ip))).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('is no IP address'),
    });
  });

  test.each(['127.0.0.1', '0.0.0.0', '169.254.1.1', '224.0.0.1', '::1', '::', 'fe80::1'])(
    '%s is one that nobody else reaches the machine by',
    (ip) => {
      expect(refusal(() => setNodeIp(paths, ip))).toMatchObject({
        kind: 'usage',
        message: expect.stringContaining('nobody else reaches'),
      });
    },
  );

  test('an address of the machine is taken, also with the carriage return of a terminal', () => {
    const own = Object.values(networkInterfaces())
      .flat()
      .find((each) => each && !each.internal && each.family === 'IPv4')?.address;
    setNodeIp(paths, `${own}\r`);
    expect(loadConfig(paths.config)).toMatchObject({ nodeIp: own, nodeIpIsLocal: true });
    expect(printed).toBe(`✓ node-ip=${own}\n`);
  });

  test('another is taken for the one that others see, and the command says so', () => {
    setNodeIp(paths, '192.0.2.7');
    expect(loadConfig(paths.config)).toMatchObject({ nodeIp: '192.0.2.7', nodeIpIsLocal: false });
    expect(printed).toContain('none of its interfaces has it');
  });
});

describe('set bearer-token', () => {
  const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const sub = 'system:serviceaccount:smm-demo:analytics-v0-agent';

  test('takes it from a file with CR LF, keeps it for root alone, and says whose it is', () => {
    const good = token({ sub, exp: 4_000_000_000 });
    setBearerToken(paths, undefined, file('token', `${good}\r\n`));
    expect(readFileSync(paths.bearerToken, 'utf8')).toBe(good);
    expect(statSync(paths.bearerToken).mode & 0o777).toBe(0o600);
    expect(printed).toBe('✓ bearer-token is set ❯ smm-demo/analytics-v0-agent\n');
  });

  test.each([
    [
      'a file that others may read',
      () => setBearerToken(paths, undefined, file('token', token({ sub }), 0o644)),
      'others may read',
    ],
    [
      'one that has expired',
      () => setBearerToken(paths, undefined, file('token', token({ sub, exp: 1 }))),
      'it expired at 1970-01-01',
    ],
    [
      'one of nobody in particular',
      () => setBearerToken(paths, undefined, file('token', 'opaque')),
      'the agent cannot renew it',
    ],
    ['an argument', () => setBearerToken(paths, token({ sub }), undefined), 'a pipe or a file is safer'],
  ])('takes %s, and says what is amiss', (_, set, hint) => {
    set();
    expect(printed).toMatch(/^✓ bearer-token is set/);
    expect(printed).toContain(hint);
    expect(printed).not.toContain(token({ sub }));
  });

  test.each([
    ['an empty one', () => setBearerToken(paths, '', undefined), 'the bearer token is empty'],
    ['two words', () => setBearerToken(paths, 'two words', undefined), 'white space'],
    ['two ways at once', () => setBearerToken(paths, 'a', '/b'), 'a token and a file were given'],
    ['no file', () => setBearerToken(paths, undefined, join(root, 'none')), 'does not exist'],
    ['a folder', () => setBearerToken(paths, undefined, root), 'is a folder'],
  ])('refuses %s', (_, set, message) => {
    expect(refusal(set)).toMatchObject({ kind: 'usage', message: expect.stringContaining(message) });
  });

  test('refuses an empty standard input', () => {
    expect(agent('set', 'bearer-token', '-')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the bearer token is empty'),
    });
  });
});

test.each([
  ['a name that is none', () => setWorkloadGroup(paths, 'A_B', 'c'), 'is no pair of Kubernetes names'],
  ['a port that is none', () => setKeepPorts(paths, ['ssh']), 'must be a list of port numbers'],
  ['a port too high', () => setKeepPorts(paths, ['70000']), 'must be a list of port numbers'],
  ['http', () => setApiServer(paths, 'http://x', file('ca', authority.ca)), 'is not https://'],
  ['a CA that is none', () => setApiServer(paths, 'https://x', file('ca', 'hello')), 'holds no certificate'],
  [
    'a CA that only looks like one',
    () =>
      setApiServer(
        paths,
        'https://x',
        file('ca', '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n'),
      ),
    'holds no certificate',
  ],
  ['a folder for the CA', () => setApiServer(paths, 'https://x', root), 'is a folder'],
  ['nothing of the mesh', () => setMesh(paths, {}), 'nothing of the mesh was given'],
  ['a namespace that is none', () => setMesh(paths, { namespace: 'Bad Name' }), 'is no Kubernetes name'],
  [
    'an address that is none',
    () => setMesh(paths, { istiodAddress: 'not an ip' }),
    'is neither an IP address nor a name',
  ],
  ['nothing of the package', () => setPackage(paths, undefined, {}), 'nothing of the package was given'],
  ['ftp', () => setPackage(paths, 'ftp://x', {}), 'is not an https URL'],
  ['http', () => setPackage(paths, 'http://x/y', {}), 'is not an https URL'],
  [
    'half a checksum',
    () => setPackage(paths, 'https://x', { sha256: ['abc'] }),
    'is not 64 hexadecimal digits',
  ],
])('%s is refused, and nothing is written', (_, set, message) => {
  expect(refusal(set)).toMatchObject({
    kind: 'usage',
    message: expect.stringContaining(message),
    next: expect.stringMatching(/\w/),
  });
  expect(loadConfig(paths.config)).toEqual(loadConfig(join(root, 'none')));
});

test.each([
  ['mesh: [', 'is not YAML'],
  ['hello', 'is not a mapping'],
  ['- a', 'is not a mapping'],
  ['mesh: 5', 'is not a mapping'],
  ['nodeIP: 192.0.2.1', 'has the unknown key nodeIP'],
  ['package: {sha: abc}', 'has the unknown key sha'],
  ['metricsPort: x', 'metricsPort is "x"'],
  ['dnsCapture: "off"', 'dnsCapture is "off"'],
  ['bearerTokenDays: -1', 'bearerTokenDays is -1'],
  ['keepPorts: 22', 'must be a list of port numbers'],
])('a configuration that was written by hand and says %j is refused with its place', (yaml, message) => {
  mkdirSync(paths.etc, { recursive: true });
  writeFileSync(paths.config, `${yaml}\n`);
  const failure = refusal(() => loadConfig(paths.config));
  expect(failure).toMatchObject({ kind: 'usage', message: expect.stringContaining(message) });
  expect(failure.message).toContain(paths.config);
});
