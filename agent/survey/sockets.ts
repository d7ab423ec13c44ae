/** A TCP socket of the kernel's table. */
export interface TcpSocket {
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  readonly state: 'listening' | 'established' | 'other';
  readonly inode: string;
}

/** https://docs.kernel.org/networking/proc_net_tcp.html */
const STATES: Readonly<Record<string, TcpSocket['state']>> = { '01': 'established', '0A': 'listening' };

/** The sockets of /proc/net/tcp or /proc/net/tcp6. */
export function parseSockets(table: string): TcpSocket[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, remote, state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
      if (!local || !remote) return [];
      return [{ local: endpoint(local), remote: endpoint(remote), state: STATES[state] ?? 'other', inode }];
    });
}

function endpoint(text: string): { address: string; port: number } {
  const [address = '', port = ''] = text.split(':');
  return { address: addressOf(address), port: Number.parseInt(port, 16) };
}

/** Each group of four bytes stands in the order of the processor: the last byte first. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  // ::ffff:10.0.0.5 is the address of a socket that speaks both.
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255)
    return bytes.slice(12).join('.');
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return words.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}

/** Whether only this machine reaches an address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
