import { isIP } from 'node:net';
import { parse } from 'yaml';
import { certificatesIn } from '../../text/certificates';
import { DNS_NAME } from '../../text/kubernetes-names';
import { checkProxyConfig, type ProxyConfig } from '../../text/proxy-config';
import { Untrusted } from '../untrusted';
import { refuseFirst } from './parse-group';

/*
 * What the mesh says, read field by field, by type and by grammar: only what is read here goes on to the machine.
 * docs/explanation/security.md lists what becomes of it.
 */

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

const TAG = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/;
const CLUSTER = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,252})?$/;
const TOKEN = /^[A-Za-z0-9_=-]{1,8192}(\.[A-Za-z0-9_=-]{1,16384}){2}$/;

/** Key `mesh` of istiod's ConfigMap, YAML. @throws Failure `bad-object` */
export function parseMeshConfig(configMap: unknown, label: string): MeshConfig {
  const data = new Untrusted(configMap, label).field('data').field('mesh');
  const text = data.optional((it) => it.longText()) ?? '';
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
  const text = data.optional((it) => it.longText()) || '{}';
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
  const text = data.longText();
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

/** The token of a TokenRequest. @throws Failure `bad-object`, in which it is not shown */
export function parseToken(answer: unknown, label: string): string {
  return new Untrusted(answer, label).field('status').field('token').unshown.text(TOKEN, 'a JSON web token');
}

function ipAddress(value: Untrusted): string {
  const text = value.longText();
  return isIP(text) ? text : value.refuse('must be an IP address');
}
