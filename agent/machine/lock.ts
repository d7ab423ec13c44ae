import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { Failure } from '../failure';
import { pause } from '../pause';

/** How long a command waits for the background agent, which needs ten seconds and more to replace an entry. */
const BACKGROUND_MS = 60_000;

/** Held while the machine is changed. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the machine's only lock. It is a socket, which the kernel closes with its process, so that a killed command
 * never leaves the machine locked. The holder says who it is to whoever connects.
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
    // The background agent is done soon: wait instead of failing.
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
    const holder = `${purpose} (process ${process.pid}, since ${new Date().toISOString()})`;
    const server = createServer((socket) => socket.on('error', () => {}).end(holder));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(file, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** What the holder says, or undefined if it is dead. */
function ask(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(file);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(answer || undefined));
  });
}
