import { DNS_LABEL } from '../../text/kubernetes-names';
import { printable } from '../../text/printable';
import type { Survey } from '../../text/survey';
import { containerfile, migrationFile } from '../../text/survey-files';
import { Failure } from '../failure';
import { survey } from '../survey/survey';

/** What the command line holds. */
export interface SurveyArguments {
  readonly seconds: string;
  readonly namespace: string;
  readonly ask?: boolean;
  readonly values?: boolean;
  readonly json?: boolean;
}

/** Surveys the machine and prints what was seen. Changes nothing. */
export async function printSurvey({ seconds, namespace, ask, values, json }: SurveyArguments): Promise<void> {
  const time = Number(seconds);
  if (!(time >= 0 && time <= 3600))
    throw new Failure('usage', `--seconds ${seconds} is no time`, 'give 0 to 3600 seconds');
  if (!DNS_LABEL.test(namespace))
    throw new Failure(
      'usage',
      `${namespace} cannot be a namespace`,
      'use lower case letters, digits and "-"',
    );
  if (!json && process.stderr.isTTY) process.stderr.write(`watching for ${time} s\n`);
  const seen = await survey({ seconds: time, ask: ask ?? false, values: values ?? false });
  process.stdout.write(json ? `${JSON.stringify(seen, null, 2)}\n` : surveyText(seen, namespace));
}

/** What was seen, for a person: each unit, then the files to begin with. */
export function surveyText(seen: Survey, namespace: string): string {
  const units = seen.services.map((service) => {
    const { unit, user, group, ports, environment, files, mounts, peers, callers, cpu, memoryMiB } = service;
    const lines = [
      `${unit} runs as ${user}:${group}: ${service.command.join(' ')}`,
      `ports: ${ports.map(({ number, loopback, http }) => `${number}${loopback ? ' (loopback)' : ''}${http === undefined ? '' : http === null ? ', no HTTP' : `, GET / answers ${http}`}`).join('; ')}`,
      `environment: ${environment.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join(', ') || 'none of its own'}`,
      `files: ${files.join(', ') || 'none seen'}`,
      `mounts: ${mounts.map(({ path, type, source }) => `${path} (${type} of ${source})`).join(', ') || 'none'}`,
      `connects to: ${peers.join(', ') || 'nothing'}`,
      `called by: ${callers.join(', ') || 'nobody'}`,
      `used in ${seen.seconds} s: ${cpu} processors, at most ${memoryMiB} MiB`,
    ];
    return [
      lines.map((line, index) => `${index === 0 ? '' : '  '}${printable(line)}`).join('\n'),
      `--- migrations/${service.name}.yaml\n${migrationFile(seen, service, namespace)}`,
      `--- containers/${service.name}/Containerfile\n${containerfile(seen, service)}`,
    ].join('\n\n');
  });
  const rest = seen.leftOut.map((line) => printable(`left out: ${line}`));
  const limits =
    'Not seen: UDP, connections shorter than a second, files that are opened only now and then, and what a program does with what it reads.';
  return `${[...units, ...rest, limits].join('\n\n')}\n`;
}
