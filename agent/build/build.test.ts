import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { version } from '../../package.json';
import { BUNDLE, bundleAgent, writeBlob, writeProgram } from './program';
import { publish } from './publish';
import { strip } from './strip';

const ROOT = resolve(__dirname, '../..');
const REGISTER = require.resolve('ts-node/register/transpile-only');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshferry-build-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (...path: string[]) => join(folder, ...path);

/** Another checkout of the agent's sources, elsewhere and with libraries of its own. */
function checkout(to: string): string {
  for (const path of [
    'agent',
    'text',
    'package.json',
    ...['commander', 'picocolors', 'yaml'].map((name) => `node_modules/${name}`),
  ]) {
    cpSync(join(ROOT, path), join(to, path), { recursive: true });
  }
  return to;
}

test('the same sources give the same bytes, wherever they are, and the program runs', async () => {
  const node = process.execPath; // as good as the pinned one for this, and no download
  const sums: string[] = [];
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // postject misses the name of a section that strip left out
  for (const root of [checkout(at('here')), checkout(at('a/deeper/place with a space'))]) {
    const scratch = mkdtempSync(at('scratch-'));
    const program = join(scratch, 'program');
    bundleAgent(root, join(scratch, BUNDLE));
    await writeProgram(program, node, writeBlob(node, scratch));
    sums.push(createHash('sha256').update(readFileSync(program)).digest('hex'));
    expect(execFileSync(program, ['--version'], { encoding: 'utf8' }).trim()).toBe(version);
    expect(readFileSync(join(scratch, 'agent.blob')).includes(folder)).toBe(false);
    rmSync(scratch, { recursive: true });
  }
  jest.restoreAllMocks();
  expect(sums[0]).toBe(sums[1]);
});

test('what is no program is not stripped', () => {
  expect(() => strip(Buffer.from('#!/bin/sh\n'.padEnd(64)))).toThrow('not a 64-bit little-endian ELF file');
});

const write = (text: string) => async (made: string) => {
  for (const name of ['one', 'two']) writeFileSync(join(made, name), text);
};

test('a build that fails leaves the one before, and nothing else', async () => {
  await publish(at('lib/agent'), at('scratch'), write('first'));
  const failing = publish(at('lib/agent'), at('scratch'), async (made) => {
    writeFileSync(join(made, 'one'), 'half');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(readFileSync(at('lib/agent/one'), 'utf8')).toBe('first');
  expect(readdirSync(at('scratch'))).toEqual([]);
});

/** A process that builds again and again, and puts its own name into both files. */
function builder(name: string, rounds: number): ChildProcess {
  const program = `
    const { publish } = require(${JSON.stringify(join(__dirname, 'publish.ts'))});
    const { writeFileSync } = require('node:fs');
    (async () => {
      for (let round = 0; round < ${rounds}; round++) {
        await publish(${JSON.stringify(at('lib/agent'))}, ${JSON.stringify(at('scratch'))}, async (made) => {
          writeFileSync(made + '/one', '${name}' + round);
          await new Promise((done) => setTimeout(done, 5));
          writeFileSync(made + '/two', '${name}' + round);
        });
        if (round === 0) process.stdout.write('first');
      }
    })();`;
  return spawn(process.execPath, ['-r', REGISTER, '-e', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('builds at the same time do not mix', async () => {
  const builders = ['a', 'b', 'c'].map((name) => builder(name, 60));
  const codes = await Promise.all(builders.map(async (each) => (await once(each, 'exit'))[0] as number));
  expect(codes).toEqual([0, 0, 0]);
  expect(readFileSync(at('lib/agent/one'), 'utf8')).toBe(readFileSync(at('lib/agent/two'), 'utf8'));
  expect(readdirSync(at('scratch'))).toEqual([]);
});

test('what a killed build leaves is never the result, and goes with the next', async () => {
  const killed = builder('killed', 100_000);
  await once(killed.stdout as NodeJS.ReadableStream, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const [one, two] = ['one', 'two'].map((name) =>
    existsSync(at('lib/agent')) ? readFileSync(at('lib/agent', name), 'utf8') : 'gone',
  );
  expect(one).toBe(two);
  await publish(at('lib/agent'), at('scratch'), write('next'));
  expect(readFileSync(at('lib/agent/two'), 'utf8')).toBe('next');
  expect(readdirSync(at('scratch'))).toEqual([]);
});

describe('a download', () => {
  const NAME = 'pinned-thing';
  let registry: Server;
  let port: number;
  let asked = 0;
  let integrity: string;

  beforeEach(async () => {
    mkdirSync(at('source/package'), { recursive: true });
    writeFileSync(at('source/package/package.json'), JSON.stringify({ name: NAME, version: '1.0.0' }));
    execFileSync('tar', ['-czf', at('thing.tgz'), '-C', at('source'), 'package']);
    const tarball = readFileSync(at('thing.tgz'));
    integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    asked = 0;
    registry = createServer((request, response) => {
      if (request.url?.endsWith('.tgz')) {
        asked++;
        response.end(tarball);
        return;
      }
      const address = `http://127.0.0.1:${port}/thing.tgz`;
      const manifest = { name: NAME, version: '1.0.0', dist: { tarball: address, integrity } };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ name: NAME, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': manifest } }),
      );
    });
    registry.listen(0, '127.0.0.1');
    await once(registry, 'listening');
    port = (registry.address() as AddressInfo).port;
  });
  afterEach(() => registry.close());

  /** In a process of its own: it waits for npm, which waits for the registry here. */
  async function download(pinned: string): Promise<{ code: number; output: string }> {
    const program = `
      const { verifiedPackage } = require(${JSON.stringify(join(__dirname, 'runtime.ts'))});
      try {
        process.stdout.write(verifiedPackage(${JSON.stringify({ name: NAME, version: '1.0.0', integrity: pinned })}, ${JSON.stringify(at('cache'))}));
      } catch (error) {
        process.stdout.write(error.message);
        process.exitCode = 1;
      }`;
    const child = spawn(process.execPath, ['-r', REGISTER, '-e', program], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        npm_config_registry: `http://127.0.0.1:${port}/`,
        npm_config_cache: mkdtempSync(at('npm-')),
        npm_config_fetch_retries: '0',
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    const [code] = await once(child, 'close');
    return { code: code as number, output };
  }

  test('is verified, kept, and fetched again if the kept file was changed', async () => {
    const kept = at('cache', `${NAME}-1.0.0.tgz`);
    expect(await download(integrity)).toEqual({ code: 0, output: kept });
    expect(await download(integrity)).toEqual({ code: 0, output: kept });
    expect(asked).toBe(1);
    writeFileSync(kept, 'half of');
    expect(await download(integrity)).toEqual({ code: 0, output: kept });
    expect(asked).toBe(2);
    expect(readdirSync(at('cache'))).toEqual([`${NAME}-1.0.0.tgz`]);
  });

  test('that is not the pinned one is refused, and not kept', async () => {
    const { code, output } = await download('sha512-AAAA');
    expect([code, output]).toEqual([1, expect.stringContaining('sha512-AAAA was promised')]);
    expect(readdirSync(at('cache'))).toEqual([]);
  });

  test('that cannot be had says what npm says', async () => {
    registry.close();
    const { code, output } = await download(integrity);
    expect([code, output]).toEqual([1, expect.stringContaining(`npm does not give ${NAME}@1.0.0`)]);
  });
});
