import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { Failure } from '../failure';
import { pause } from '../pause';

/** As long as the background agent is waited for: replacing an entry takes ten seconds and more. */
const BACKGROUND_MS = 60_000;

/** Held while the machine is changed. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the one lock of the machine: a socket, which dies with its process, so that a killed command never leaves
 * it locked. Whoever finds it taken is told by whom.
 *
 * @param purpose the command that takes it, for others to read
 * @throws Failure `busy` where another process holds it
 */
export async function takeLock(file: string, purpose: string): Promise<Lock> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const deadline = Date.now() + BACKGROUND_MS;
  for (let attempt = 0; attempt < 3; ) {
    const server = await listen(file, purpose);
    if (server) return { release: () => new Promise((done) => server.close(() => done())) };
    const holder = await ask(file);
    // The background agent is soon done; a person need not try again for it.
    if (holder?.startsWith('run ') && purpose !== 'run' && Date.now() < deadline) {
      await pause(200);
      continue;
    }
    if (holder !== undefined) {
      throw new Failure(
        'busy',
        `another command of the agent is at work: ${holder}`,
        'wait for it to end, then run it again',
      );
    }
    rmSync(file, { force: true });
    attempt++;
  }
  throw new Failure(
    'busy',
    'another command of the agent is at work',
    'wait for it to end, then run it again',
  );
}

function listen(file: string, purpose: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const said = `${purpose} (process ${process.pid}, since ${new Date().toISOString()})`;
    const server = createServer((socket) => socket.on('error', () => {}).end(said));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(file, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** What the holder says, or undefined where it is dead. */
function ask(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(file);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (data) => {
      said += data.toString();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(said || undefined));
  });
}
