import * as z from 'zod';
import { duration } from './duration';

/** Sessions that stay on the side that answered them first. */
export const sticky = z.strictObject({
  cookie: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, 'must be letters, digits, "_" and "-"')
    .optional()
    .describe(
      'Name of a cookie that says which side answered a caller first. Default: none; a header says it.',
    ),
  maxAge: duration
    .optional()
    .describe(
      'Lifetime of a session from its first answer, in whole seconds; then a side is drawn anew. Default: none; cookie needs it.',
    ),
  header: z
    .string()
    .regex(/^x-[a-z0-9-]+$/, 'must be lower case and begin with x-')
    .optional()
    .describe(
      'Name of a header that says it, for callers without cookies, such as gRPC: every answer holds it, and the caller sends it back. Default: none.',
    ),
});

/** How a caller is kept on the side that answered it first. */
export type Sticky = Readonly<z.output<typeof sticky>>;
