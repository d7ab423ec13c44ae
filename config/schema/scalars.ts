import * as z from 'zod';
import { DNS_LABEL, DNS_NAME, LABEL_VALUE, QUALIFIED_NAME } from '../../text/kubernetes-names';

/** Values of one field, shared by the schemas of the input files. Messages begin with "must": see explain.ts. */

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
/** Labels by key. */
export const labels = z.record(qualifiedName, labelValue);
/** Annotations by key. */
export const annotations = z.record(qualifiedName, z.string());
/** Port numbers by port name. */
export const ports = z.record(z.string(), portNumber);
