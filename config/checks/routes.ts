import { show } from '../explain';
import type { Path } from '../problem';
import type { Rule } from '../schema/schema';
import type { Check, Report, Subject } from './check';
import { notAPort } from './ports';

const rulePorts: Check = {
  reads: [['ports'], ['rules', '[]', 'ports']],
  run({ migration }, report) {
    if (migration.rules.length === 0) return;
    if (!migration.ports.some(({ routing }) => routing === 'http')) {
      report(
        ['rules'],
        `rules (matches, timeouts, retries, headers) are for http, and no port is: ${portList(migration)}`,
      );
      return;
    }
    migration.rules.forEach((rule, index) => {
      checkPorts(migration, rule.ports ?? [], ['rules', index, 'ports'], 'a rule is for http ports', report);
    });
  },
};

function checkPorts(
  { ports }: Subject['migration'],
  used: readonly string[],
  path: Path,
  why: string,
  report: Report,
): void {
  used.forEach((name, index) => {
    const port = ports.find((one) => one.name === name);
    const at = [...path, index];
    if (!port) {
      report(
        at,
        notAPort(
          name,
          ports.map((one) => one.name),
        ),
      );
    } else if (port.routing === 'tcp') {
      report(at, `${show(name)} carries ${port.protocol}, which is routed as tcp, and ${why}`);
    }
  });
  tellTwice(used, path, report);
}

function portList({ ports }: Subject['migration']): string {
  return ports.map(({ name }) => name).join(', ');
}

const reachable: Check = {
  reads: [['ports'], ['rules', '[]', 'ports'], ['rules', '[]', 'match']],
  run({ migration: { ports, rules } }, report) {
    const http = ports.filter(({ routing }) => routing === 'http').map(({ name }) => name);
    const caughtBy = new Map<string, number>();
    const matchedBy = new Map<string, number>();
    rules.forEach((rule, index) => {
      const used = (rule.ports ?? http).filter((port) => http.includes(port));
      const port = used.find((one) => caughtBy.has(one));
      if (port !== undefined) {
        report(
          ['rules', index],
          `is never reached: rules[${caughtBy.get(port)}] takes every request to ${port}; move that one behind it, or give it a match`,
        );
      }
      const matches = used.flatMap((one) => (rule.match ?? []).map((match) => JSON.stringify([one, match])));
      const before = matches.map((match) => matchedBy.get(match));
      if (port === undefined && before.length > 0 && !before.includes(undefined)) {
        report(
          ['rules', index, 'match'],
          `matches nothing that rules[${before[0]}] does not take before it: join the two`,
        );
      }
      for (const match of matches) if (!matchedBy.has(match)) matchedBy.set(match, index);
      if (!takesEverything(rule)) return;
      for (const one of used) if (!caughtBy.has(one)) caughtBy.set(one, index);
    });
  },
};

function takesEverything({ match }: Rule): boolean {
  if (!match) return true;
  return match.some(({ uri, ignoreUriCase: _case, ...others }) => {
    const anyPath = uri === undefined || uri.prefix === '/' || uri.regex === '.*';
    return anyPath && Object.values(others).every((one) => one === undefined);
  });
}

const gateways: Check = {
  reads: [['ports'], ['gateways']],
  run({ migration, declared }, report) {
    declared.gateways.forEach((gateway, index) => {
      const path = ['gateways', index];
      if (gateway.port !== undefined) {
        const port = migration.ports.find((one) => one.name === gateway.port);
        if (!port) {
          report(
            [...path, 'port'],
            notAPort(
              gateway.port,
              migration.ports.map((one) => one.name),
            ),
          );
        } else if (port.routing === 'tcp') {
          report(
            [...path, 'port'],
            `${show(gateway.port)} carries ${port.protocol}, which is routed as tcp, and a gateway's host names need an http port`,
          );
        }
      } else if (!migration.ports.some(({ routing }) => routing === 'http')) {
        report(path, `a gateway's host names need an http port, and there is none: ${portList(migration)}`);
      }
      tellTwice(gateway.hosts, [...path, 'hosts'], report);
    });
  },
};

const aliases: Check = {
  reads: [['ports'], ['aliases']],
  run({ migration }, report) {
    if (migration.aliases.length > 0 && !migration.ports.some(({ routing }) => routing === 'http')) {
      report(
        ['aliases'],
        `follow the weights by the Host header of http, and no port is http: ${portList(migration)}`,
      );
    }
    migration.aliases.forEach((alias, index) => {
      const path = ['aliases', index];
      if (/^[0-9.]+$/.test(alias))
        report(path, `${show(alias)} is an address: declare the names that clients use`);
      else if (!alias.includes('.')) {
        report(
          path,
          `${show(alias)} must be a full name, e.g. ${alias}.example.com: Istio takes a short one for a Service`,
        );
      } else if (/\.svc(\.|$)/.test(alias)) {
        report(path, `${show(alias)} is the name of a Service: aliases are names from outside the cluster`);
      }
    });
    tellTwice(migration.aliases, ['aliases'], report);
  },
};

function tellTwice(names: readonly string[], path: Path, report: Report): void {
  const seen = new Set<string>();
  names.forEach((name, index) => {
    if (seen.has(name)) report([...path, index], `${show(name)} is named twice`);
    seen.add(name);
  });
}

export const routeChecks: readonly Check[] = [rulePorts, reachable, gateways, aliases];
