import type { Lab } from './lab';
import { NAMESPACE } from './migration';

const PROXY = ['exec', 'client', '-n', NAMESPACE, '-c', 'istio-proxy', '--', 'pilot-agent', 'request', 'GET'];
const LINES = 40;

/** What a person would look at after a failed step, as the cluster and the machines have it now; never throws. */
export async function diagnosis(lab: Lab): Promise<string> {
  const kubectl = (...args: string[]) => lab.kubectl(...args);
  const machines = (await attempt(() => lab.run('docker', ['ps', '-a', '--format', '{{.Names}}']))).split(
    '\n',
  );
  const looks: [string, () => Promise<string>][] = [
    ['machines', () => lab.run('docker', ['ps', '-a'])],
    ['pods and entries', () => kubectl('get', 'pods,workloadentries', '-n', NAMESPACE, '-o', 'wide')],
    ['health of the entries', () => kubectl('get', 'workloadentries', '-n', NAMESPACE, '-o', HEALTH)],
    ['routes', () => kubectl('get', 'virtualservices,destinationrules', '-n', NAMESPACE, '-o', SPECS)],
    [
      'endpoints of the client',
      async () =>
        matching(
          await kubectl(...PROXY, 'clusters'),
          /\|analytics\..*(health_flags|rq_error|cx_connect_fail)/,
        ),
    ],
    [
      'connections of the client that failed',
      async () =>
        matching(
          await kubectl(...PROXY, 'stats?usedonly&filter=analytics.*upstream_cx_connect_(fail|timeout)$'),
          /: [1-9]/,
        ),
    ],
    [
      'requests of the client that failed',
      async () =>
        matching(
          await kubectl('logs', 'client', '-n', NAMESPACE, '-c', 'istio-proxy', '--tail=2000'),
          /HTTP\/[12](\.\d)?" (0|[45]\d\d) /,
        ),
    ],
    [
      'istiod',
      async () =>
        matching(
          await kubectl('logs', 'deployment/istiod', '-n', 'istio-system', '--since=5m'),
          /\t(warn|error)\t|wle/,
        ),
    ],
    ...machines
      .filter((name) => name.startsWith('vm-'))
      .map((name): [string, () => Promise<string>] => [
        `Istio on ${name}`,
        async () =>
          matching(await lab.run('docker', ['exec', '-i', name, 'sh', '-c', MACHINE_LOGS]), /^(?!\[)/),
      ]),
  ];
  const told = await Promise.all(looks.map(async ([title, look]) => `--- ${title}\n${await attempt(look)}`));
  return `\n${told.join('\n')}\n\n`;
}

const HEALTH =
  'jsonpath={range .items[*]}{.metadata.name} {.metadata.annotations} {.status.conditions}{"\\n"}{end}';
const SPECS = 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.spec}{"\\n"}{end}';
const MACHINE_LOGS =
  'systemctl is-active istio analytics; journalctl -n 10 --no-pager -u istio -u analytics -u meshferry-agent; tail -n 400 /var/log/istio/*.log';

function matching(text: string, pattern: RegExp): string {
  return text
    .split('\n')
    .filter((line) => pattern.test(line))
    .join('\n');
}

async function attempt(look: () => Promise<string>): Promise<string> {
  const text = await look().catch((error: Error) => `(${error.message})`);
  return text
    .trimEnd()
    .split('\n')
    .slice(-LINES)
    .map((line) => line.slice(0, 400))
    .join('\n');
}
