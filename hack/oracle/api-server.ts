import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fields, type Manifest, text } from '../../manifests/manifest';
import { lastLines, run } from '../lab/run';
import type { Verdict } from './istio';

const TOKEN = 'oracle';
const START_MS = 120_000;
/** Requests at a time: more only wait in the API server. */
const PARALLEL = 8;

/** Admission that refuses what depends on other objects of a cluster: an account, a class. */
const WITHOUT = ['ServiceAccount', 'Priority', 'RuntimeClass', 'TaintNodesByCondition'];

/** What the release of the schemas has switched on. */
const GATES = [
  ...[
    'ImageVolume',
    'ClusterTrustBundle',
    'ClusterTrustBundleProjection',
    'PodCertificateRequest',
    'EnvFiles',
  ],
  'HPAScaleToZero',
];

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** An API server of its own, with an etcd, on ports of this machine's loopback that are free. */
export class ApiServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'meshferry-api-server-'));
  readonly #children: ChildProcess[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  readonly #resources = new Map<string, Promise<ReadonlyMap<string, Resource>>>();
  #port = 0;
  #certificate = '';

  /**
   * Starts it.
   *
   * @param program path of kube-apiserver
   * @throws Error with the last lines of its log where it does not become ready
   */
  static async start(program: string): Promise<ApiServer> {
    const server = new ApiServer();
    try {
      await server.#start(program);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Its release: `v1.34.4`. */
  async version(): Promise<string> {
    return String(JSON.parse((await this.#send('GET', '/version')).body).gitVersion);
  }

  /** Makes a namespace for objects. */
  async createNamespace(name: string): Promise<void> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const { status, body } = await this.#send('POST', '/api/v1/namespaces', namespace);
    if (status !== 201) throw new Error(`the namespace ${name} was refused: ${body}`);
  }

  /**
   * What it says of objects, by a dry run: nothing is stored. A field that it does not know is refused, where without
   * `fieldValidation` it is dropped.
   */
  async ask(objects: readonly Manifest[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    const rest = objects.entries();
    const askOneByOne = async () => {
      for (const [index, object] of rest) verdicts[index] = await this.#ask(object);
    };
    await Promise.all(Array.from({ length: PARALLEL }, askOneByOne));
    return Array.from(objects, (_, index) => verdicts[index]);
  }

  /** Ends it, and removes all it wrote. */
  async stop(): Promise<void> {
    this.#agent.destroy();
    for (const child of this.#children.reverse()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(program: string): Promise<void> {
    const [etcd, peers, port] = await freePorts(3);
    this.#port = Number(port);
    const at = (name: string) => join(this.#folder, name);
    await run('openssl', ['genrsa', '-out', at('accounts.key'), '2048']);
    writeFileSync(at('tokens.csv'), `${TOKEN},oracle,oracle,system:masters\n`, { mode: 0o600 });
    const url = (number: number | undefined) => `http://127.0.0.1:${number}`;
    this.#run('etcd', [
      ...['--data-dir', at('etcd'), '--unsafe-no-fsync'],
      ...['--listen-client-urls', url(etcd), '--advertise-client-urls', url(etcd)],
      ...['--listen-peer-urls', url(peers), '--initial-advertise-peer-urls', url(peers)],
      ...['--initial-cluster', `default=${url(peers)}`],
    ]);
    const log = this.#run(program, [
      ...['--etcd-servers', url(etcd), '--cert-dir', at('certificates')],
      ...['--bind-address', '127.0.0.1', '--secure-port', String(port)],
      ...['--token-auth-file', at('tokens.csv'), '--authorization-mode', 'AlwaysAllow'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-account-key-file', at('accounts.key')],
      ...['--service-account-signing-key-file', at('accounts.key')],
      ...['--service-cluster-ip-range', '10.96.0.0/16', '--allow-privileged'],
      ...['--disable-admission-plugins', WITHOUT.join(',')],
      ...['--feature-gates', GATES.map((gate) => `${gate}=true`).join(',')],
    ]);
    for (const deadline = Date.now() + START_MS; !(await this.#isReady(at('certificates/apiserver.crt'))); ) {
      if (Date.now() > deadline || this.#children.some(({ exitCode }) => exitCode !== null))
        throw new Error(`the API server did not become ready:\n${lastLines(readFileSync(log, 'utf8'), 12)}`);
      await pause(300);
    }
  }

  /** Starts a program that ends with this one, and returns its log. */
  #run(program: string, options: readonly string[]): string {
    const log = join(this.#folder, `${this.#children.length}.log`);
    const out = openSync(log, 'a');
    const child = spawn(program, options, { stdio: ['ignore', out, out] });
    closeSync(out);
    child.once('error', (error) => writeFileSync(log, `${error.message}\n`, { flag: 'a' }));
    process.once('exit', () => child.kill('SIGKILL'));
    this.#children.push(child);
    return log;
  }

  async #isReady(certificate: string): Promise<boolean> {
    if (!existsSync(certificate)) return false;
    this.#certificate = readFileSync(certificate, 'utf8');
    const ready = () => this.#send('GET', '/readyz').then(({ status }) => status === 200);
    const defaults = () =>
      this.#send('GET', '/api/v1/namespaces/default').then(({ status }) => status === 200);
    return ready().then(
      (is) => is && defaults(),
      () => false,
    );
  }

  async #ask(object: Manifest): Promise<Verdict> {
    const path = await this.#pathOf(object);
    if (path === undefined) return `there is no ${object.kind} of ${object.apiVersion}`;
    try {
      const { status, body } = await this.#send('POST', `${path}?dryRun=All&fieldValidation=Strict`, object);
      return status === 201 ? undefined : messageOf(body);
    } catch (error) {
      // What makes it panic is refused to whoever applies it, by a connection that ends.
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      return `no answer: ${(error as Error).message}`;
    }
  }

  async #pathOf({ apiVersion, kind, metadata }: Manifest): Promise<string | undefined> {
    const root = String(apiVersion).includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.#resources.get(root) ?? this.#list(root);
    this.#resources.set(root, known);
    const resource = (await known).get(String(kind));
    if (!resource) return undefined;
    const namespace = encodeURIComponent(text(fields(metadata).namespace) || 'default');
    return resource.namespaced
      ? `${root}/namespaces/${namespace}/${resource.name}`
      : `${root}/${resource.name}`;
  }

  async #list(root: string): Promise<ReadonlyMap<string, Resource>> {
    const { status, body } = await this.#send('GET', root);
    const resources: Resource[] = status === 200 ? JSON.parse(body).resources : [];
    return new Map(
      resources.filter(({ name }) => !name.includes('/')).map((resource) => [resource.kind, resource]),
    );
  }

  #send(method: string, path: string, object?: Manifest): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port: this.#port, method, path, agent: this.#agent },
          // The server signs its certificate itself.
          ...{ ca: this.#certificate, servername: 'kubernetes.default.svc' },
          headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            body += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(object && JSON.stringify(object));
    });
  }
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

function messageOf(body: string): string {
  try {
    return String(JSON.parse(body).message);
  } catch {
    return body;
  }
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  return Promise.all(
    servers.map((server) => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      return new Promise<number>((resolve) => server.close(() => resolve(port)));
    }),
  );
}
