import type { VerifyReport } from '../../verify';
import { describeFinding } from './text';

/**
 * A report as workflow commands, which GitHub shows beside the lines that they are about.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub({ findings }: VerifyReport): string {
  return findings
    .filter(({ severity }) => severity !== 'ignored')
    .map((finding) => {
      const { id, severity, file, line, fix } = finding;
      const properties = [
        ...(file === undefined ? [] : [`file=${property(file)}`]),
        ...(line === undefined ? [] : [`line=${line}`]),
        `title=${property(id)}`,
      ];
      const command = severity === 'error' ? 'error' : 'notice';
      return `::${command} ${properties.join(',')}::${data(`${describeFinding(finding)}\nfix: ${fix}`)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
