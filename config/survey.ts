import * as z from 'zod';
import type { Survey } from '../text/survey';
import { ConfigError } from './error';
import { explain, inPlainWords } from './explain';
import { formatPath } from './problem';
import { dnsLabel, portNumber } from './schema/scalars';

const survey = z.object({
  host: z.string(),
  image: z.string().optional(),
  seconds: z.number(),
  services: z.array(
    z.object({
      name: dnsLabel, // becomes the name of a file
      unit: z.string(),
      user: z.string(),
      group: z.string(),
      command: z.array(z.string()).min(1),
      workingDirectory: z.string(),
      packages: z.array(z.string()),
      ports: z
        .array(z.object({ number: portNumber, loopback: z.boolean(), http: z.int().nullable().optional() }))
        .min(1),
      environment: z.array(z.object({ name: z.string(), value: z.string().optional() })),
      files: z.array(z.string()),
      mounts: z.array(z.object({ path: z.string(), type: z.string(), source: z.string() })),
      peers: z.array(z.string()),
      callers: z.array(z.string()),
      cpu: z.number().min(0),
      memoryMiB: z.number().min(0),
    }),
  ),
  leftOut: z.array(z.string()),
});

/**
 * Reads what a machine says of itself.
 *
 * @throws ConfigError where it is no survey: nobody but the agent is to write one, but anybody can
 */
export function readSurvey(file: string, text: string): Survey {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError([
      { message: 'is no JSON: meshferry-agent survey --json prints it', path: '', file },
    ]);
  }
  const result = survey.safeParse(value, { error: inPlainWords });
  if (result.success) return result.data as Survey;
  throw new ConfigError(
    explain(result.error, value).map(({ path, message }) => ({ message, path: formatPath(path), file })),
  );
}
