import { show } from '../explain';
import { suggestedName } from '../known-ports';
import { didYouMean, nearest } from '../nearest';
import { type Port, PROTOCOLS, protocolOf } from '../port';
import type { Path } from '../problem';
import type { Check, Report } from './check';

const PORT_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const LONGEST_NAME = 15;
/** A WorkloadGroup holds no more. */
const MOST_PORTS = 128;

const names: Check = {
  reads: [],
  run({ declared }, report) {
    for (const [name, number] of Object.entries(declared.ports)) checkName(name, number, report);
  },
};

function checkName(name: string, number: number, report: Report): void {
  const path = ['ports', name];
  if (!PORT_NAME.test(name) || name.length > LONGEST_NAME) {
    report(
      path,
      `${show(name)} can't name a port: use lower case letters, digits and "-", at most ${LONGEST_NAME} characters`,
    );
  } else if (name === 'udp' || name.startsWith('udp-')) {
    report(
      path,
      `${show(name)} is a UDP port, and Istio can't split UDP between two sides: leave it out, and move its callers by other means`,
    );
  } else if (/^(https|tls)(-|$)/.test(name)) {
    report(
      path,
      `${show(name)} is encrypted by the service itself, and Istio splits no port of that name: call it "tcp-${name}" if the Service may be renamed so`,
    );
  } else if (protocolOf(name) === undefined) {
    const known = Object.keys(PROTOCOLS);
    const meant = nearest(name.split('-')[0] ?? '', known);
    report(
      path,
      `${show(name)} names no protocol: begin it with one of ${known.join(', ')}${meant ? `; did you mean "${meant}"?` : `, e.g. "${suggestedName(name, number)}"`}`,
    );
  }
}

const count: Check = {
  reads: [['ports']],
  run({ declared }, report) {
    const held = Object.keys(declared.ports).length;
    if (held === 0)
      report(
        ['ports'],
        'is empty: declare at least one port, e.g. "http: 8080"; what nobody calls, such as a worker, has no traffic to move and needs no migration: stop it on the VM when its pods run',
      );
    if (held > MOST_PORTS)
      report(['ports'], `holds ${held} ports, but a WorkloadGroup takes ${MOST_PORTS} at most`);
  },
};

const numbers: Check = {
  reads: [
    ['vm', 'ports'],
    ['kubernetes', 'ports'],
  ],
  run({ migration: { ports }, declared }, report) {
    const clash = (number: (port: Port) => number, pathTo: (name: string) => Path, where: string) => {
      const seen = new Map<number, Port>();
      for (const port of ports) {
        const first = seen.get(number(port));
        // A clash of the Service's numbers is told there, and not again for each side.
        if (first && (where === '' || first.service !== port.service)) {
          report(
            pathTo(port.name),
            `${number(port)} is used twice${where}, by ${first.name} and ${port.name}`,
          );
        }
        seen.set(number(port), first ?? port);
      }
    };
    const override = (side: 'vm' | 'kubernetes') => (name: string) =>
      declared[side]?.ports?.[name] === undefined ? ['ports', name] : [side, 'ports', name];
    clash(
      (port) => port.service,
      (name) => ['ports', name],
      '',
    );
    clash((port) => port.vm, override('vm'), ' on the VM');
    if (declared.kubernetes) clash((port) => port.kubernetes, override('kubernetes'), ' in the container');
  },
};

const overrides: Check = {
  reads: [['ports']],
  run({ declared }, report) {
    const known = Object.keys(declared.ports);
    for (const side of ['vm', 'kubernetes'] as const) {
      for (const name of Object.keys(declared[side]?.ports ?? {})) {
        if (known.includes(name)) continue;
        report([side, 'ports', name], notAPort(name, known));
      }
    }
  },
};

/** The end of the message for a port that is used but not declared. */
export function notAPort(name: string, known: readonly string[]): string {
  return `${show(name)} is not declared in ports (${known.join(', ')})${didYouMean(name, known)}`;
}

const probes: Check = {
  reads: [['ports'], ['vm', 'ports'], ['vm', 'probe']],
  run({ declared: { vm }, migration: { ports } }, report) {
    if (vm.probe === undefined || vm.probe === 'none') return;
    for (const kind of ['httpGet', 'tcpSocket', 'grpc'] as const) {
      const number = vm.probe[kind]?.port;
      if (number === undefined || ports.some((port) => port.vm === number)) continue;
      const held = ports.map((port) => `${port.name} ${port.vm}`).join(', ');
      report(
        ['vm', 'probe', kind, 'port'],
        `${number} is not a port of the VM (${held}): declare it in ports, or probe one of these`,
      );
    }
  },
};

export const portChecks: readonly Check[] = [names, count, numbers, overrides, probes];
