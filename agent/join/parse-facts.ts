import { isIP } from 'node:net';
import { parse } from 'yaml';
import { certificatesIn } from '../../text/certificates';
import { DNS_NAME, LABEL_VALUE, QUALIFIED_NAME } from '../../text/kubernetes-names';
import {
  checkProxyConfig,
  PROXY_CONFIG_ANNOTATION,
  type ProxyConfig,
  type ProxyConfigProblem,
  readProxyConfig,
} from '../../text/proxy-config';
import { printable } from '../failure';
import type { Probe, WorkloadEntry, WorkloadGroup, WorkloadSpec } from '../kubernetes/objects';
import { Untrusted } from '../untrusted';

/*
 * The one door by which anything from the cluster comes onto the machine: each object is read here field by field, by
 * type and by grammar, and only what was read goes on. docs/security.md lists what becomes of it.
 */

/** A group, and what it says of the sidecar. */
export interface ParsedGroup {
  readonly group: WorkloadGroup;
  /** Of the annotations, in the order in which they are laid over the mesh's. */
  readonly proxyConfigs: readonly ProxyConfig[];
}

/** What the mesh configuration says of a sidecar. */
export interface MeshConfig {
  readonly trustDomain: string;
  readonly defaultConfig: ProxyConfig;
}

/** What the injector's values say of the mesh. */
export interface InjectorValues {
  /** Name of the cluster; empty where it has none. */
  readonly clusterName: string;
  /** Istio's version, as images are tagged; empty where none is said. */
  readonly tag: string;
}

const LARGEST_TEXT = 1 << 20;
const LINE = /^[^\p{Cc}\p{Cs}\u2028\u2029]{0,1024}$/u;
const PORT_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const HOST = /^[A-Za-z0-9.:_-]{0,253}$/;
const TAG = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/;
const CLUSTER = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,252})?$/;
const TOKEN = /^[A-Za-z0-9_=-]{1,8192}(\.[A-Za-z0-9_=-]{1,16384}){2}$/;
const SERVICE_ACCOUNT = /^$|^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const MOST_SECONDS = 86_400;

/** A WorkloadGroup. @throws Failure `bad-object` */
export function parseGroup(answer: unknown, namespace: string, name: string): ParsedGroup {
  const label = `WorkloadGroup ${namespace}/${name}`;
  const whole = new Untrusted(answer, label);
  const [metadata, spec] = [whole.field('metadata'), whole.field('spec')];
  expectText(metadata.field('name'), name);
  expectText(metadata.field('namespace'), namespace);
  const inner = spec.field('metadata');
  const template = spec.field('template').optional(workloadSpec);
  const probe = spec.field('probe').optional(parseProbe);
  const labels = inner.field('labels').optional(parseLabels);
  const annotations = [metadata, inner].map((each) =>
    each.field('annotations').field(PROXY_CONFIG_ANNOTATION),
  );
  return {
    group: {
      metadata: { name, namespace, ...version(metadata) },
      spec: {
        ...(labels && { metadata: { labels } }),
        ...(template && { template }),
        ...(probe && { probe }),
      },
    },
    proxyConfigs: annotations.flatMap(groupProxyConfig),
  };
}

/** Key `mesh` of istiod's ConfigMap, YAML. @throws Failure `bad-object` */
export function parseMeshConfig(configMap: unknown, label: string): MeshConfig {
  const data = new Untrusted(configMap, label).field('data').field('mesh');
  const text = data.optional((it) => it.longText(LARGEST_TEXT)) ?? '';
  const mesh = new Untrusted(
    data.through('must be YAML', () => parse(text)),
    label,
    'data.mesh',
  );
  const defaults = mesh.field('defaultConfig');
  const { config, problems } = checkProxyConfig(defaults.mapping(), 'mesh');
  refuseFirst(defaults, problems);
  return {
    trustDomain: mesh.field('trustDomain').optional((it) => it.text(DNS_NAME, 'a DNS name')) ?? '',
    defaultConfig: config,
  };
}

/** Key `values` of the injector's ConfigMap, JSON. @throws Failure `bad-object` */
export function parseInjectorValues(configMap: unknown, label: string): InjectorValues {
  const data = new Untrusted(configMap, label).field('data').field('values');
  const text = data.optional((it) => it.longText(LARGEST_TEXT)) || '{}';
  const values = new Untrusted(
    data.through('must be JSON', () => JSON.parse(text)),
    label,
    'data.values',
  );
  const global = values.field('global');
  return {
    clusterName:
      global
        .field('multiCluster')
        .field('clusterName')
        .optional((it) => it.text(CLUSTER, 'a name of letters, digits and -_.')) ?? '',
    tag:
      global.field('tag').optional((it) => it.text(TAG, 'a version in quotes, as images are tagged')) ?? '',
  };
}

/** Root certificates of the mesh, PEM, without anything else that stands beside them. @throws Failure `bad-object` */
export function parseRootCert(configMap: unknown, label: string): string {
  const data = new Untrusted(configMap, label).field('data').field('root-cert.pem');
  const text = data.longText(LARGEST_TEXT);
  const certificates = data.through('must hold X.509 certificates', () => certificatesIn(text));
  if (certificates.length === 0) return data.refuse('must hold a certificate in PEM form');
  return `${certificates.join('\n')}\n`;
}

/** Address of the gateway: an IP address, or a name that has yet to be looked up. @throws Failure `bad-object` */
export function parseGatewayAddress(service: unknown, label: string): string | undefined {
  const whole = new Untrusted(service, label);
  const [ingress] = whole.field('status').field('loadBalancer').field('ingress').items();
  const ip = ingress?.field('ip').optional(ipAddress);
  const hostname = ingress?.field('hostname').optional((it) => it.text(DNS_NAME, 'a DNS name'));
  const [external] = whole.field('spec').field('externalIPs').items();
  return ip ?? hostname ?? external?.optional(ipAddress);
}

/** A WorkloadEntry. @throws Failure `bad-object` */
export function parseEntry(answer: unknown, namespace: string, name: string): WorkloadEntry {
  const whole = new Untrusted(answer, `WorkloadEntry ${namespace}/${name}`);
  const metadata = whole.field('metadata');
  expectText(metadata.field('name'), name);
  const annotations = metadata.field('annotations').fields();
  const conditions = whole.field('status').field('conditions').items();
  return {
    metadata: {
      name,
      namespace,
      ...version(metadata),
      annotations: Object.fromEntries(
        annotations.map(([key, value]) => [key, value.longText(LARGEST_TEXT)] as const),
      ),
    },
    spec: workloadSpec(whole.field('spec')),
    status: {
      conditions: conditions.map((condition) => ({
        type: condition.field('type').text(LINE, 'a text on one line'),
        status: condition.field('status').text(LINE, 'a text on one line'),
        message: printable(condition.field('message').optional((it) => it.longText(LARGEST_TEXT)) ?? ''),
      })),
    },
  };
}

/** The token of a TokenRequest. @throws Failure `bad-object`, in which it is not shown */
export function parseToken(answer: unknown, label: string): string {
  return new Untrusted(answer, label).field('status').field('token').unshown.text(TOKEN, 'a JSON web token');
}

function workloadSpec(spec: Untrusted): WorkloadSpec {
  const name = (field: string, grammar: RegExp, is: string) =>
    spec.field(field).optional((it) => it.text(grammar, is)) || undefined;
  const address = name('address', HOST, 'an address');
  const network = name('network', LABEL_VALUE, 'a label value');
  const locality = name('locality', LINE, 'a region, zone and subzone');
  const serviceAccount = name('serviceAccount', SERVICE_ACCOUNT, 'a DNS name');
  const weight = spec.field('weight').optional((it) => it.whole(0, 2 ** 32 - 1));
  const labels = spec.field('labels').optional(parseLabels);
  const ports = spec.field('ports').optional((it) =>
    Object.fromEntries(
      it.fields().map(([port, number]) => {
        if (!PORT_NAME.test(port)) number.refuse('has a name that no port can have');
        return [port, number.whole(1, 65535)] as const;
      }),
    ),
  );
  return {
    ...(address && { address }),
    ...(ports && { ports }),
    ...(labels && { labels }),
    ...(network && { network }),
    ...(locality && { locality }),
    ...(weight !== undefined && { weight }),
    ...(serviceAccount && { serviceAccount }),
  };
}

function parseLabels(labels: Untrusted): Record<string, string> {
  return Object.fromEntries(
    labels.fields().map(([key, value]) => {
      if (!QUALIFIED_NAME.test(key)) value.refuse('has a key that no label can have');
      return [key, value.text(LABEL_VALUE, 'a label value')] as const;
    }),
  );
}

function parseProbe(probe: Untrusted): Probe {
  const port = (it: Untrusted) => it.field('port').whole(1, 65535);
  const text = (it: Untrusted, field: string, grammar = LINE, is = 'a text on one line') =>
    it.field(field).optional((value) => value.text(grammar, is));
  const httpGet = probe.field('httpGet').optional((get) => ({
    port: port(get),
    ...present('path', text(get, 'path')),
    ...present('host', text(get, 'host', HOST, 'a host')),
    ...present('scheme', text(get, 'scheme', /^(HTTPS?)?$/, 'HTTP or HTTPS')),
    ...present(
      'httpHeaders',
      get.field('httpHeaders').optional((headers) =>
        headers.items().map((header) => ({
          ...present(
            'name',
            text(header, 'name', /^[A-Za-z0-9!#$%&'*+.^_`|~-]{0,256}$/, 'the name of a header'),
          ),
          ...present('value', text(header, 'value')),
        })),
      ),
    ),
  }));
  const tcpSocket = probe
    .field('tcpSocket')
    .optional((socket) => ({ port: port(socket), ...present('host', text(socket, 'host', HOST, 'a host')) }));
  const exec = probe.field('exec').optional((it) => ({
    command: it
      .field('command')
      .items()
      .map((each) => each.longText(LARGEST_TEXT)),
  }));
  const grpc = probe.field('grpc').optional((it) => ({
    ...present(
      'port',
      it.field('port').optional((each) => each.whole(1, 65535)),
    ),
    ...present('service', text(it, 'service')),
  }));
  const seconds = (field: string) => probe.field(field).optional((it) => it.whole(0, MOST_SECONDS));
  return {
    ...present('httpGet', httpGet),
    ...present('tcpSocket', tcpSocket),
    ...present('exec', exec),
    ...present('grpc', grpc),
    ...present('initialDelaySeconds', seconds('initialDelaySeconds')),
    ...present('timeoutSeconds', seconds('timeoutSeconds')),
    ...present('periodSeconds', seconds('periodSeconds')),
    ...present('successThreshold', seconds('successThreshold')),
    ...present('failureThreshold', seconds('failureThreshold')),
  };
}

function groupProxyConfig(annotation: Untrusted): ProxyConfig[] {
  if (annotation.isAbsent) return [];
  const { config, problems } = readProxyConfig(annotation.longText(LARGEST_TEXT), 'group');
  refuseFirst(annotation, problems);
  return [config];
}

function refuseFirst(where: Untrusted, [first]: readonly ProxyConfigProblem[]): void {
  if (first)
    where.unshown.refuse(first.field === '' ? first.message : `says ${first.field}, which ${first.message}`);
}

function expectText(field: Untrusted, expected: string): void {
  if (field.optional((it) => it.longText(LARGEST_TEXT)) !== expected) field.refuse(`must be ${expected}`);
}

function version(metadata: Untrusted): { resourceVersion?: string } {
  const resourceVersion = metadata
    .field('resourceVersion')
    .optional((it) => it.text(LINE, 'a text on one line'));
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function ipAddress(value: Untrusted): string {
  const text = value.text(HOST, 'an IP address');
  return isIP(text) ? text : value.refuse('must be an IP address');
}

function present<K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: T });
}
