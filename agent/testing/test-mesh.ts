import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubernetesObject, WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { Authority, json, TlsServer } from './tls';

const ISTIO = '/apis/networking.istio.io/v1beta1/namespaces/smm-demo';
const CORE = '/api/v1/namespaces';

/** Where the objects of the test's mesh are in the API. */
export const AT = {
  group: `${ISTIO}/workloadgroups/analytics-v0`,
  entry: `${ISTIO}/workloadentries/analytics-v0-127.0.0.1`,
  rootCert: `${CORE}/smm-demo/configmaps/istio-ca-root-cert`,
  meshConfig: `${CORE}/istio-system/configmaps/istio`,
  injector: `${CORE}/istio-system/configmaps/istio-sidecar-injector`,
} as const;

export const GROUP: WorkloadGroup = {
  metadata: { name: 'analytics-v0', namespace: 'smm-demo' },
  spec: {
    metadata: { labels: { app: 'analytics', version: 'v0' } },
    template: { serviceAccount: 'analytics' },
  },
};

/** A service-account token as Kubernetes makes it, signed by nobody. */
export function tokenOf(serviceAccount: string, issued: number, seconds: number): string {
  const claims = {
    sub: `system:serviceaccount:smm-demo:${serviceAccount}`,
    iat: Math.floor(issued / 1000),
    exp: Math.floor(issued / 1000) + seconds,
  };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}

/**
 * An API server over TLS that holds the objects of a mesh: it answers reads, lists, watches, merge patches and token
 * requests, and refuses what a test tells it to refuse.
 */
export class TestMesh {
  readonly objects = new Map<string, KubernetesObject>();
  /** Answers some requests, `<method> <path>`, with a status instead; 0: cuts the connection; undefined: as usual. */
  refuse: (request: string) => number | undefined = () => undefined;
  /** Each request so far, `<method> <path>`. */
  readonly requests: string[] = [];
  /** Bodies of token requests, by service account. */
  readonly tokenRequests: { readonly account: string; readonly spec: Record<string, unknown> }[] = [];
  /** Most seconds that a token is granted for. */
  longestToken = Number.POSITIVE_INFINITY;
  /** Bearer of the last request. */
  bearer = '';
  private version = 100;
  private readonly history: { version: number; path: string; event: string }[] = [];
  private readonly watches = new Set<{ collection: string; name: string; response: ServerResponse }>();

  private constructor(
    private readonly authority: Authority,
    private server: TlsServer | undefined,
  ) {}

  static async start(): Promise<TestMesh> {
    const authority = new Authority();
    const mesh = new TestMesh(authority, undefined);
    mesh.server = await TlsServer.start(authority.issue(), (request, response) => {
      void mesh.answer(request, response);
    });
    mesh.reset();
    return mesh;
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  get ca(): string {
    return this.authority.ca;
  }

  /** A mesh as a fresh one is: a group, and no entry. */
  reset(): void {
    this.server?.cut();
    this.watches.clear();
    this.objects.clear();
    this.requests.length = 0;
    this.history.length = 0;
    this.tokenRequests.length = 0;
    this.refuse = () => undefined;
    this.longestToken = Number.POSITIVE_INFINITY;
    this.put(AT.group, GROUP);
    this.put(AT.rootCert, configMap('istio-ca-root-cert', { 'root-cert.pem': this.ca }));
    this.put(AT.meshConfig, configMap('istio', { mesh: 'defaultConfig: {meshId: mesh1}' }));
    const values = JSON.stringify({ global: { tag: '1.22.3', multiCluster: { clusterName: 'one' } } });
    this.put(AT.injector, configMap('istio-sidecar-injector', { values }));
  }

  /** Writes an object, and tells those who watch it. */
  put(path: string, object: KubernetesObject): void {
    const type = this.objects.has(path) ? 'MODIFIED' : 'ADDED';
    const metadata = { ...object.metadata, resourceVersion: String(++this.version) };
    this.objects.set(path, { ...object, metadata });
    this.tell(path, type);
  }

  delete(path: string): void {
    const object = this.objects.get(path);
    if (!object) return;
    const metadata = { ...object.metadata, resourceVersion: String(++this.version) };
    this.objects.set(path, { ...object, metadata });
    this.tell(path, 'DELETED');
    this.objects.delete(path);
  }

  /** The entry as istiod writes it for a machine that connects. */
  register(change: Partial<WorkloadEntry['spec']> = {}): void {
    const group = this.objects.get(AT.group) as WorkloadGroup | undefined;
    if (!group) return;
    const { template, metadata, probe } = group.spec;
    const annotations = {
      'istio.io/connectedAt': new Date(Date.now() + 2000).toISOString(),
      ...(probe && { 'proxy.istio.io/health-checks-enabled': 'true' }),
    };
    const entry: WorkloadEntry = {
      metadata: { name: 'analytics-v0-127.0.0.1', namespace: 'smm-demo', annotations },
      spec: { ...template, address: '127.0.0.1', labels: { ...metadata?.labels }, ...change },
    };
    this.put(AT.entry, entry);
  }

  /** Sets the condition that istiod writes for a probe's result. */
  setHealth(status: 'True' | 'False', message = ''): void {
    const entry = this.objects.get(AT.entry) as WorkloadEntry;
    this.put(AT.entry, {
      ...entry,
      status: { conditions: [{ type: 'Healthy', status, message }] },
    } as WorkloadEntry);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.authority.remove();
  }

  private tell(path: string, type: string): void {
    const event = `${JSON.stringify({ type, object: this.objects.get(path) })}\n`;
    this.history.push({ version: this.version, path, event });
    for (const { collection, name, response } of this.watches) {
      if (`${collection}/${name}` === path) response.write(event);
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://x');
    const asked = `${request.method} ${pathname}`;
    this.requests.push(asked);
    this.bearer = request.headers.authorization ?? '';
    const refused = this.refuse(asked);
    if (refused === 0) return void request.destroy();
    if (refused !== undefined) return json(response, { message: 'refused by the test' }, refused);
    if (request.method !== 'GET') return this.write(request, response, pathname);
    const selector = searchParams.get('fieldSelector');
    if (selector === null) {
      const found = this.objects.get(pathname);
      return json(response, found ?? { message: 'not found' }, found ? 200 : 404);
    }
    const name = selector.replace('metadata.name=', '');
    if (searchParams.get('watch') !== 'true') {
      const found = this.objects.get(`${pathname}/${name}`);
      return json(response, {
        metadata: { resourceVersion: String(this.version) },
        items: found ? [found] : [],
      });
    }
    response.writeHead(200).flushHeaders();
    const since = Number(searchParams.get('resourceVersion'));
    for (const { version, path, event } of this.history) {
      if (version > since && path === `${pathname}/${name}`) response.write(event);
    }
    const watch = { collection: pathname, name, response };
    this.watches.add(watch);
    response.on('close', () => this.watches.delete(watch));
  }

  private async write(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, Record<string, unknown>>;
    const account = /serviceaccounts\/(.*)\/token$/.exec(path)?.[1];
    if (account !== undefined) {
      const spec = body.spec ?? {};
      this.tokenRequests.push({ account, spec });
      const seconds = Math.min(Number(spec.expirationSeconds), this.longestToken);
      return json(response, { status: { token: tokenOf(account, Date.now(), seconds) } }, 201);
    }
    const object = this.objects.get(path);
    if (!object) return json(response, { message: 'not found' }, 404);
    this.put(path, merged(object, body) as KubernetesObject);
    json(response, this.objects.get(path));
  }
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null) return patch;
  const result: Record<string, unknown> = { ...(target as object) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key] ?? {}, value);
  }
  return result;
}

function configMap(name: string, data: Readonly<Record<string, string>>): KubernetesObject {
  return { metadata: { name }, data } as KubernetesObject;
}
