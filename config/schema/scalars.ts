import * as z from 'zod';
import { DNS_LABEL, DNS_NAME, LABEL_VALUE, QUALIFIED_NAME } from '../../text/kubernetes-names';

/** Values of one field, shared by the schemas of the input files. Messages begin with "must": see explain.ts. */

const HOST = /[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*(:[0-9]+)?/;
const PATH_COMPONENT = /[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*/;
const TAG = /[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}/;
const DIGEST = /[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}/;
/** https://pkg.go.dev/github.com/distribution/reference has the grammar. */
const IMAGE = new RegExp(
  `^(${HOST.source}/)?${PATH_COMPONENT.source}(/${PATH_COMPONENT.source})*(:${TAG.source})?(@${DIGEST.source})?$`,
);

export const DNS_LABEL_RULE =
  'must be a DNS-1123 label: lower case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit';

/** Whether Kubernetes takes the text as a DNS-1123 label. */
export function isDnsLabel(text: string): boolean {
  return DNS_LABEL.test(text);
}

/** Whether Kubernetes takes the text as a DNS-1123 subdomain. */
export function isDnsName(text: string): boolean {
  return DNS_NAME.test(text);
}

export const dnsLabel = z.string().regex(DNS_LABEL, DNS_LABEL_RULE);

export const dnsName = z
  .string()
  .regex(DNS_NAME, 'must be a DNS name: lower case letters, digits, "-" and ".", at most 253 characters');

export const labelValue = z
  .string()
  .regex(
    LABEL_VALUE,
    'must be a label value: at most 63 letters, digits, "-", "_" or ".", starting and ending with a letter or digit',
  );

const qualifiedName = z
  .string()
  .regex(
    QUALIFIED_NAME,
    'must be a label key: an optional DNS name and "/", then at most 63 letters, digits, "-", "_" or "."',
  );

/** A whole number that JavaScript holds exactly; beyond, one message is enough. */
const wholeNumber = z.int({ abort: true });

export const portNumber = wholeNumber
  .min(1, 'must be a port number from 1 to 65535')
  .max(65535, 'must be a port number from 1 to 65535');

export const percent = wholeNumber
  .min(0, 'must be a whole percentage from 0 to 100')
  .max(100, 'must be a whole percentage from 0 to 100');

/** A count or a number of seconds that is at least 1. */
export const positive = wholeNumber.min(1, 'must be a whole number, at least 1');
/** A count or a number of seconds that may be 0. */
export const natural = wholeNumber.min(0, 'must be a whole number, at least 0');

/** Text that is not empty. */
export const text = z.string().min(1, 'must not be empty');
/** Text that names something elsewhere: an address, a branch. */
export const word = text.regex(/^\S+$/, 'must not hold white space');
/** Reference of a container image. */
export const image = text.regex(
  IMAGE,
  'must be the reference of an image, such as registry.example.com/team/app:1.4.2 or app@sha256:<digest>',
);
/** Labels by key. */
export const labels = z.record(qualifiedName, labelValue);
/** Annotations by key. */
export const annotations = z.record(qualifiedName, z.string());
/** Port numbers by port name. */
export const ports = z.record(z.string(), portNumber);
