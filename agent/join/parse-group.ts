import { LABEL_VALUE, QUALIFIED_NAME } from '../../text/kubernetes-names';
import { printable } from '../../text/printable';
import {
  PROXY_CONFIG_ANNOTATION,
  type ProxyConfig,
  type ProxyConfigProblem,
  readProxyConfig,
} from '../../text/proxy-config';
import type { Probe, WorkloadEntry, WorkloadGroup, WorkloadSpec } from '../kubernetes/objects';
import { Untrusted } from '../untrusted';

/*
 * What a WorkloadGroup and a WorkloadEntry say, read field by field, by type and by grammar: only what is read here
 * goes on to the machine. docs/explanation/security.md lists what becomes of it.
 */

/** A group, and what it says of the sidecar. */
export interface ParsedGroup {
  readonly group: WorkloadGroup;
  /** Of the annotations, in the order in which they are laid over the mesh's. */
  readonly proxyConfigs: readonly ProxyConfig[];
}

const PORT_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const HOST = /^[A-Za-z0-9.:_-]{0,253}$/;
const SERVICE_ACCOUNT = /^$|^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const MOST_SECONDS = 86_400;

/** A WorkloadGroup. @throws Failure `bad-object` */
export function parseGroup(answer: unknown, namespace: string, name: string): ParsedGroup {
  const label = `WorkloadGroup ${namespace}/${name}`;
  const whole = new Untrusted(answer, label);
  const [metadata, spec] = [whole.field('metadata'), whole.field('spec').present()];
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
      annotations: Object.fromEntries(annotations.map(([key, value]) => [key, value.longText()] as const)),
    },
    spec: workloadSpec(whole.field('spec').present()),
    status: {
      conditions: conditions.map((condition) => ({
        type: condition.field('type').line(),
        status: condition.field('status').line(),
        message: printable(condition.field('message').optional((it) => it.longText()) ?? ''),
      })),
    },
  };
}

function workloadSpec(spec: Untrusted): WorkloadSpec {
  const name = (field: string, grammar: RegExp, is: string) =>
    spec.field(field).optional((it) => it.text(grammar, is)) || undefined;
  const address = name('address', HOST, 'an address');
  const network = name('network', LABEL_VALUE, 'a label value');
  const locality = spec.field('locality').optional((it) => it.line()) || undefined;
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
  const line = (it: Untrusted, field: string) => it.field(field).optional((value) => value.line());
  const text = (it: Untrusted, field: string, grammar: RegExp, is: string) =>
    it.field(field).optional((value) => value.text(grammar, is));
  const httpGet = probe.field('httpGet').optional((get) => ({
    port: port(get),
    ...present('path', line(get, 'path')),
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
          ...present('value', line(header, 'value')),
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
      .map((each) => each.longText()),
  }));
  const grpc = probe.field('grpc').optional((it) => ({
    ...present(
      'port',
      it.field('port').optional((each) => each.whole(1, 65535)),
    ),
    ...present('service', line(it, 'service')),
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
  const { config, problems } = readProxyConfig(annotation.longText(), 'group');
  refuseFirst(annotation, problems);
  return [config];
}

/** Refuses what a machine takes no part of, by the first thing that is wrong. */
export function refuseFirst(where: Untrusted, [first]: readonly ProxyConfigProblem[]): void {
  if (first)
    where.unshown.refuse(first.field === '' ? first.message : `says ${first.field}, which ${first.message}`);
}

function expectText(field: Untrusted, expected: string): void {
  if (field.optional((it) => it.longText()) !== expected) field.refuse(`must be ${expected}`);
}

function version(metadata: Untrusted): { resourceVersion?: string } {
  const resourceVersion = metadata.field('resourceVersion').optional((it) => it.line());
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function present<K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: T });
}
