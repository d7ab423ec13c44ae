import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { type CompleteConfig, DEFAULTS } from '../config';
import { EXIT_CODES, Failure } from '../failure';
import { withHostsEntry } from '../machine/hosts-file';
import { Authority } from '../testing/tls';
import { desired } from './desired';
import { parseEntry, parseGroup } from './parse-group';
import {
  parseGatewayAddress,
  parseInjectorValues,
  parseMeshConfig,
  parseRootCert,
  parseToken,
} from './parse-mesh';

const authority = new Authority();
const folder = mkdtempSync(join(tmpdir(), 'meshferry-facts-'));
afterAll(() => {
  authority.remove();
  rmSync(folder, { recursive: true });
});

const config: CompleteConfig = {
  ...DEFAULTS,
  workloadGroup: { namespace: 'smm-demo', name: 'analytics-v0' },
  apiServer: { url: 'https://192.0.2.1:6443' },
};
const machine = { nodeIp: '10.0.0.5', external: false, apiServerAddresses: ['192.0.2.1'] };

/** A group as the API server gives it, with any part of it replaced. */
function group(spec: object = {}, annotations: unknown = undefined) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadGroup',
    metadata: {
      name: 'analytics-v0',
      namespace: 'smm-demo',
      resourceVersion: '17',
      ...(annotations !== undefined && { annotations }),
    },
    spec: {
      metadata: { labels: { app: 'analytics', version: 'v0' } },
      template: { network: 'network1', ports: { http: 8080 }, serviceAccount: 'default' },
      probe: { httpGet: { port: 8080, path: '/' } },
      ...spec,
    },
  };
}

const configMap = (data: unknown) => ({ metadata: { name: 'istio' }, data });
const saying = (proxyConfig: unknown) =>
  group(
    {},
    { 'proxy.istio.io/config': typeof proxyConfig === 'string' ? proxyConfig : stringify(proxyConfig) },
  );

/** All that the machine would hold, of these objects. */
function outcome(objects: { group?: unknown; mesh?: unknown; values?: unknown; root?: unknown }) {
  return desired(
    {
      ...parseGroup(objects.group ?? group(), 'smm-demo', 'analytics-v0'),
      mesh: parseMeshConfig(
        objects.mesh ?? configMap({ mesh: 'defaultConfig: {meshId: mesh1}' }),
        'ConfigMap mesh',
      ),
      injector: parseInjectorValues(objects.values ?? configMap({ values: '{}' }), 'ConfigMap injector'),
      rootCert: parseRootCert(objects.root ?? configMap({ 'root-cert.pem': authority.ca }), 'ConfigMap root'),
      istiodAddress: '192.0.2.9',
    },
    config,
    machine,
  );
}

const refusal = (run: () => unknown): Failure => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return error as Failure;
  }
  throw new Error('it was taken');
};

test('a group and a mesh as they usually are, are taken', () => {
  const { clusterEnv, rootCert } = outcome({
    group: saying({ proxyMetadata: { SECRET_TTL: '1h' }, concurrency: 2 }),
  });
  expect(clusterEnv).toMatchObject({ SECRET_TTL: '1h', ISTIO_INBOUND_PORTS: '8080' });
  expect(rootCert.trim()).toBe(authority.ca.trim());
});

describe('a setting that steers more than pilot-agent is refused, in words and with an exit code', () => {
  const steering = [
    ...[
      'EXEC_USER',
      'ISTIO_BIN_BASE',
      'POD_NAME',
      'PATH',
      'LD_PRELOAD',
      'LD_LIBRARY_PATH',
      'BASH_ENV',
      'ENV',
      'IFS',
    ],
    ...[
      'ISTIO_AGENT_FLAGS',
      'ISTIO_LOG_DIR',
      'ISTIO_SVC_IP',
      'ISTIO_NAMESPACE',
      'ISTIO_SERVICE',
      'PROXY_CONFIG',
    ],
    ...[
      'ISTIO_CUSTOM_IP_TABLES',
      'ISTIO_INBOUND_INTERCEPTION_MODE',
      'ISTIO_SIDECAR_CONFIG',
      'ISTIO_CLUSTER_CONFIG',
    ],
    ...[
      'PROV_CERT',
      'OUTPUT_CERTS',
      'CA_ADDR',
      'CA_PROVIDER',
      'PILOT_ADDRESS',
      'XDS_ROOT_CA',
      'CA_ROOT_CA',
      'USER',
    ],
    ...[
      'TRUST_DOMAIN',
      'SERVICE_ACCOUNT',
      'CREDENTIAL_FETCHER_TYPE',
      'JWT_POLICY',
      'TOKEN_AUDIENCES',
      'SHELLOPTS',
    ],
    ...[
      'ISTIO_BOOTSTRAP_OVERRIDE',
      'ISTIO_BOOTSTRAP',
      'GODEBUG',
      'HTTPS_PROXY',
      'PS4',
      'DRY_RUN_FILE_PATH',
      'HOME',
    ],
    ...['FORCE_IPTABLES_BINARY', 'NETWORK_NAMESPACE', 'ENVOY_USER', 'ENVOY_PORT', 'INVALID_DROP', 'HOST_IP'],
    ...[
      'A=B',
      'a;id',
      '$(id)',
      'ISTIO_META_X Y',
      'ISTIO_META_$(id)',
      'ISTIO_META_A\nid',
      'BASH_FUNC_x%%',
      '__proto__',
    ],
  ];
  test.each(steering)('%j', (name) => {
    const text = `proxyMetadata:\n  ${JSON.stringify(name)}: "/tmp/x"\n`;
    for (const run of [
      () => outcome({ group: saying(text) }),
      () => outcome({ group: saying(text.replace('proxyMetadata', 'proxy_metadata')) }),
      () => outcome({ group: group({ metadata: { annotations: { 'proxy.istio.io/config': text } } }) }),
      () => outcome({ mesh: configMap({ mesh: `defaultConfig:\n  ${text.replaceAll('\n', '\n  ')}` }) }),
    ]) {
      const failure = refusal(run);
      expect([failure.kind, failure.exitCode]).toEqual(['bad-object', EXIT_CODES['bad-object']]);
      expect(failure.message).toContain('is none of the settings of pilot-agent that a machine takes');
      expect(failure.message).not.toMatch(/\p{Cc}/u);
    }
  });

  test.each([
    [{ proxyMetadata: { SECRET_TTL: 60 } }, 'must be a text: put it in quotes'],
    [{ proxyMetadata: { SECRET_TTL: 'soon' } }, 'must be a duration, such as 30s'],
    [{ proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true; id' } }, 'must be "true" or "false"'],
    [{ proxyMetadata: { ISTIO_META_X: 'a\nEXEC_USER=root' } }, 'must be a text on one line'],
    [{ proxyMetadata: { ISTIO_META_X: null } }, 'must be a text'],
    [{ proxyMetadata: ['PATH'] }, 'is no mapping of names to texts'],
    [{ proxyMetadata: 'PATH' }, 'is no mapping of names to texts'],
    [{ binaryPath: '/bin/sh' }, 'names a file of the machine'],
    [{ custom_config_file: '/tmp/envoy.yaml' }, 'names a file of the machine'],
    [{ discoveryAddress: 'istiod.evil.example:15012' }, 'names an istiod'],
    [{ statusPort: '22; id' }, 'must be a port number'],
    [{ meshId: { a: 1 } }, 'must be a name'],
    ['[1, 2]', 'is no mapping of fields'],
    ['a: b: c', 'is not YAML'],
    ['x: &a [1]\ny: *b', 'is not YAML'],
  ])('%j', (proxyConfig, words) => {
    expect(refusal(() => outcome({ group: saying(proxyConfig) })).message).toContain(words);
  });
});

describe('malformed answers are failures in words, never a TypeError', () => {
  const huge = 'x'.repeat(5 << 20);
  const odd = [
    null,
    7,
    true,
    '',
    'text',
    huge,
    [],
    [null],
    {},
    { metadata: null },
    { spec: null, data: null },
  ];
  const parsers: readonly (readonly [string, (value: unknown) => unknown])[] = [
    ['a group', (value) => parseGroup(value, 'smm-demo', 'analytics-v0')],
    ['an entry', (value) => parseEntry(value, 'smm-demo', 'analytics-v0-10.0.0.5')],
    ['a mesh configuration', (value) => parseMeshConfig(value, 'ConfigMap')],
    ["the injector's values", (value) => parseInjectorValues(value, 'ConfigMap')],
    ['a root certificate', (value) => parseRootCert(value, 'ConfigMap')],
    ['a gateway', (value) => parseGatewayAddress(value, 'Service')],
    ['a token', (value) => parseToken(value, 'TokenRequest')],
  ];

  test.each(parsers)('%s', (_, parser) => {
    const json = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(...odd));
    fc.assert(fc.property(json, (value) => onlyFailures(() => parser(value))));
  });

  test('a group of which any one field is something else', () => {
    const paths = [
      ...[
        'metadata',
        'spec',
        'metadata.annotations',
        'metadata.annotations.proxy.istio.io/config',
        'spec.metadata',
      ],
      ...[
        'spec.metadata.labels',
        'spec.template',
        'spec.template.ports',
        'spec.template.network',
        'spec.probe',
      ],
      ...[
        'spec.template.serviceAccount',
        'spec.template.weight',
        'spec.template.locality',
        'spec.probe.exec',
      ],
      ...['spec.probe.httpGet', 'spec.probe.tcpSocket', 'spec.probe.grpc', 'spec.probe.periodSeconds'],
    ];
    const json = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(...odd));
    fc.assert(
      fc.property(fc.constantFrom(...paths), json, (path, value) => {
        const whole = structuredClone(group({}, {})) as Record<string, unknown>;
        const key = path.includes('proxy.istio') ? 'proxy.istio.io/config' : (path.split('.').at(-1) ?? '');
        const above = path
          .slice(0, -key.length - 1)
          .split('.')
          .filter(Boolean);
        let node = whole;
        for (const step of above) node = node[step] as Record<string, unknown>;
        node[key] = value;
        onlyFailures(() => outcome({ group: whole }));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a text', '{"global": {"tag": 1.22}}', 'must be a version in quotes'],
    ['a path', '{"global": {"tag": "../../x"}}', 'must be a version'],
    ['a name', '{"global": {"multiCluster": {"clusterName": "a\\nb"}}}', 'must be a name'],
    ['no JSON', '{', 'must be JSON'],
    ['no mapping', '{"global": [1]}', 'must be a mapping'],
  ])("the injector's values: %s", (_, values, words) => {
    expect(refusal(() => parseInjectorValues(configMap({ values }), 'ConfigMap')).message).toContain(words);
  });
});

test('no token is shown, whatever its form', () => {
  const { message } = refusal(() => parseToken({ status: { token: 'secret token' } }, 'TokenRequest a/b'));
  expect(message).toBe('status.token of TokenRequest a/b must be a JSON web token');
});

test('of the root certificates only certificates go on', () => {
  const beside = `# id\n${authority.ca}\n$(id)\n`;
  expect(parseRootCert(configMap({ 'root-cert.pem': beside }), 'ConfigMap').trim()).toBe(authority.ca.trim());
  const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
  expect(() => parseRootCert(configMap({ 'root-cert.pem': broken }), 'ConfigMap')).toThrow('must hold X.509');
});

test.each([
  { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1 evil.example' }] } } },
  { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1\n203.0.113.1 api.example.com' }] } } },
  { status: { loadBalancer: { ingress: [{ hostname: '-oProxyCommand=id' }] } } },
  { spec: { externalIPs: ['$(id)'] } },
])('a gateway whose address is none is refused: %j', (service) => {
  expect(refusal(() => parseGatewayAddress(service, 'Service')).kind).toBe('bad-object');
});

test('the gateway adds one line to /etc/hosts, for the name of istiod alone', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.stringMatching(/^[0-9. \n#]{1,40}$/)),
      (ip) => {
        const service = { status: { loadBalancer: { ingress: [{ ip }] } } };
        const address = takenOf(() => parseGatewayAddress(service, 'Service'));
        if (address === undefined) return;
        const lines = withHostsEntry('127.0.0.1 localhost\n', address, 'istiod.istio-system.svc').split('\n');
        expect(lines).toEqual([
          `${address} istiod.istio-system.svc # meshferry-agent`,
          '127.0.0.1 localhost',
          '',
        ]);
        expect(address).not.toMatch(/\s/);
      },
    ),
  );
});

describe('whatever a cluster says, bash reads cluster.env as data', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      "'; touch pwned; '",
      '$(touch pwned)',
      '`touch pwned`',
      '\n touch pwned\n',
      'x; touch pwned',
      '-x',
    ),
    fc.string({ unit: fc.constantFrom(...'aZ09 -_.,:/@=\'"$`\\!#&<>(){}*?;|~^\n\té'), maxLength: 20 }),
  );
  const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('ISTIO_META_X', 'ISTIO_METAJSON_X') },
    { weight: 1, arbitrary: fc.constantFrom('SECRET_TTL', 'GCP_METADATA', 'PATH', 'BASH_ENV', 'EXEC_USER') },
    { weight: 1, arbitrary: hostile },
  );
  const objects = fc.record({
    proxyMetadata: fc.dictionary(name, hostile, { maxKeys: 3 }),
    label: rarely(hostile),
    network: rarely(hostile),
    serviceAccount: rarely(hostile),
    trustDomain: rarely(hostile),
    clusterName: rarely(hostile),
    port: rarely(hostile),
    meshId: rarely(hostile),
  });

  test('or the whole is refused', () => {
    let taken = 0;
    fc.assert(
      fc.property(objects, (said) => {
        const wanted = takenOf(() =>
          outcome({
            group: group(
              {
                metadata: { labels: { app: said.label ?? 'analytics' } },
                template: {
                  network: said.network,
                  serviceAccount: said.serviceAccount,
                  ports: { [said.port ?? 'http']: 8080 },
                },
              },
              { 'proxy.istio.io/config': JSON.stringify({ proxyMetadata: said.proxyMetadata }) },
            ),
            mesh: configMap({
              mesh: stringify({
                trustDomain: said.trustDomain,
                defaultConfig: { meshId: said.meshId ?? '' },
              }),
            }),
            values: configMap({
              values: JSON.stringify({ global: { multiCluster: { clusterName: said.clusterName } } }),
            }),
          }),
        );
        if (!wanted) return;
        taken++;
        const file = join(folder, 'cluster.env');
        writeFileSync(file, wanted.clusterEnvFile);
        const script = `set -ea; . ${file}; set +a; exec env -0`;
        const environment = execFileSync('/bin/bash', ['--norc', '-c', script], {
          cwd: folder,
          encoding: 'utf8',
          env: { PATH: '/usr/bin:/bin' },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const { PWD, SHLVL, OLDPWD, _, PATH, ...got } = Object.fromEntries(
          environment
            .split('\0')
            .filter(Boolean)
            .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        );
        expect(got).toEqual(wanted.clusterEnv);
        expect(PATH).toBe('/usr/bin:/bin');
        expect(Object.keys(parse(wanted.meshFile) as object)).toEqual(['defaultConfig']);
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});

function takenOf<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return undefined;
  }
}

function onlyFailures(run: () => unknown): void {
  const started = performance.now();
  try {
    run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message.length).toBeLessThan(1100);
  }
  expect(performance.now() - started).toBeLessThan(5_000);
}
