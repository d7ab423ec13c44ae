import { lookup } from 'node:dns/promises';
import { createConnection, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Failure } from '../failure';

/** Addresses of the machine's interfaces, without loopback and link-local ones. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
}

/** The address from which the machine reaches a server: the mesh reaches it there, unless another is configured. */
export function addressTowards(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443 });
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer in time')));
    socket.once('connect', () => {
      const address = socket.localAddress ?? '';
      socket.destroy();
      resolve(address.replace(/^::ffff:/, ''));
    });
    socket.once('error', (error) =>
      reject(
        new Failure(
          'unreachable',
          `the API server ${url} does not answer: ${error.message}`,
          'check the address, the route and the firewall: curl -k <url>/version',
          { cause: error },
        ),
      ),
    );
  });
}

/** All addresses of a server. */
export async function addressesOf(url: string): Promise<string[]> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host)) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address).sort();
  } catch {
    return [];
  }
}

/** Whether anything answers on a TCP port of this machine. */
export function listens(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
