import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { renderPage } from '../../page/page';
import { pageModel } from '../page-model';
import { enterProject } from '../project';
import { type SourceOptions, withSources } from '../sources';

const HELP = `
One HTML file for people: where each migration stands, who gets what, what the gate says, and what the next pull request
would change. It needs no server and fetches nothing: keep it as an artifact of a pipeline, or open it offline. A cluster
or a Prometheus that cannot be asked leaves its part open, and the page says so.

Exit codes: 0 written, 1 git failed, 2 wrong usage.

Examples:
  $ meshferry report                                every migration, into meshferry.html
  $ meshferry report analytics -o analytics.html
  $ meshferry report --no-cluster -o - > page.html  only what git knows`;

interface Options extends SourceOptions {
  readonly output: string;
}

/** `meshferry report`: the state of all migrations as a page. */
export function reportCommand(): Command {
  const command = new Command('report')
    .description('write a page that shows where migrations stand')
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('-o, --output <file>', 'file to write; - is the standard output', 'meshferry.html')
    .addHelpText('after', HELP);
  return withSources(command).action(run);
}

async function run(names: string[], options: Options): Promise<void> {
  const output = options.output === '-' ? undefined : resolve(options.output);
  enterProject();
  const page = renderPage(await pageModel(names, options, new Date()));
  if (output === undefined) process.stdout.write(page);
  else {
    writeFileSync(output, page);
    process.stdout.write(`✔ ${options.output}\n`);
  }
}
