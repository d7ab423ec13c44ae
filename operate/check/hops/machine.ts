import type { Facts } from '../facts';
import { broken, good, type Look, unknown } from '../hop';

/** What the machine's own agent says: service, capture, certificate, clock, the way to istiod, registration. */
export function machine({ machine: answer }: Facts): Look {
  if (typeof answer === 'string') return unknown(answer);
  const failed = answer.findings.find(({ failure }) => failure);
  return failed?.failure
    ? broken(`${failed.check}: ${failed.failure.message}`, failed.failure.next)
    : good(`its agent made ${answer.findings.length} checks, and none failed`);
}
