import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, measure } from './measure';
import { print } from './table';

/**
 * Measures `meshferry verify` over repositories of growing size, once with hosts that resolve and once with hosts that
 * resolve nowhere: `npm run bench:verify`.
 */
const PROGRAM = resolve(__dirname, '../../bin/meshferry.js');
const SIZES = [1_000, 10_000, 100_000];
const RUNS = 3;

const FIRST =
  'account audit billing cart catalog checkout coupon fraud invoice ledger mail order payment price'.split(
    ' ',
  );
const SECOND =
  'api archive batch cache export front gateway import index query relay report store worker'.split(' ');

/** Objects of one application, in the five files that a team would keep them in. */
const OBJECTS_OF_APPLICATION = 6;

function application(number: number, resolves: boolean): Record<string, string> {
  const first = FIRST[number % FIRST.length];
  const second = SECOND[Math.floor(number / FIRST.length) % SECOND.length];
  const name = `${first}-${second}-${number}`;
  const namespace = `team-${number % 97}`;
  const host = resolves ? name : `${second}-${first}x${number.toString(36)}`;
  const metadata = `metadata:\n  name: ${name}\n  namespace: ${namespace}\n  labels:\n    app: ${name}\n`;
  const container = `      containers:
        - name: app
          image: registry.example/${name}:1.${number}
          ports:
            - name: http
              containerPort: 8080
          env:
${Array.from({ length: 12 }, (_, index) => `            - name: SETTING_${index}\n              value: "${number * index}"`).join('\n')}
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 256Mi }
          readinessProbe:
            httpGet: { path: /ready, port: http }
`;
  const routes = `apiVersion: networking.istio.io/v1
kind: VirtualService
${metadata}spec:
  hosts: [${host}]
  http:
    - match:
        - uri: { prefix: /v2 }
      route:
        - destination: { host: ${host}, subset: v2, port: { number: 80 } }
    - route:
        - destination: { host: ${host}, subset: v1, port: { number: 80 } }
          weight: 90
        - destination: { host: ${host}, subset: v2, port: { number: 80 } }
          weight: 10
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
${metadata}spec:
  host: ${host}
  trafficPolicy:
    outlierDetection: { consecutive5xxErrors: 5, interval: 10s }
  subsets:
    - name: v1
      labels: { version: v1 }
    - name: v2
      labels: { version: v2 }
`;
  const deployment = (version: string) => `apiVersion: apps/v1
kind: Deployment
${metadata.replace(name, `${name}-${version}`)}spec:
  replicas: 2
  selector:
    matchLabels: { app: ${name}, version: ${version} }
  template:
    metadata:
      labels: { app: ${name}, version: ${version} }
    spec:
${container}`;
  return {
    'deployment.yaml': `${deployment('v1')}---\n${deployment('v2')}`,
    'service.yaml': `apiVersion: v1\nkind: Service\n${metadata}spec:\n  selector: { app: ${name} }\n  ports:\n    - name: http\n      port: 80\n      targetPort: http\n`,
    'routes.yaml': routes,
    'settings.yaml': `apiVersion: v1\nkind: ConfigMap\n${metadata}data:\n  application.properties: |\n${Array.from({ length: 20 }, (_, index) => `    key.${index}=value ${index} of ${name}`).join('\n')}\n`,
  };
}

function repository(scratch: string, size: number, resolves: boolean): string {
  const folder = join(scratch, `${size}-${resolves ? 'resolves' : 'nowhere'}`);
  for (let number = 0; number < size / OBJECTS_OF_APPLICATION; number++) {
    const own = join(folder, `apps/${number % 100}/${number}`);
    mkdirSync(own, { recursive: true });
    for (const [file, text] of Object.entries(application(number, resolves)))
      writeFileSync(join(own, file), text);
  }
  return folder;
}

async function main(scratch: string): Promise<void> {
  process.env.XDG_CACHE_HOME = join(scratch, 'cache');
  for (const resolves of [true, false]) {
    const rows: string[][] = [];
    let before: number | undefined;
    for (const size of SIZES) {
      const command: Command = {
        label: `${size.toLocaleString('en')} objects`,
        file: process.execPath,
        args: [PROGRAM, 'verify', repository(scratch, size, resolves)],
        cwd: scratch,
      };
      const [figure] = await measure([command], RUNS);
      if (!figure) throw new Error('nothing was measured');
      const growth = before === undefined ? '' : `× ${(figure.seconds / before).toFixed(1)}`;
      rows.push([figure.label, figure.seconds.toFixed(2), growth, figure.peakMiB.toFixed(0)]);
      before = figure.seconds;
    }
    print(
      resolves ? 'verify, where every host resolves' : 'verify, where no host of a route resolves',
      ['', 'seconds', 'for ten times as many', 'MiB'],
      rows,
    );
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'meshferry-bench-verify-'));
main(scratch)
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(scratch, { recursive: true, force: true }));
