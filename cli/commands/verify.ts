import { statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { type VerifyReport, verifyFiles } from '../../verify';
import { UsageError } from '../errors';
import { enterProject } from '../project';
import { formatGithub } from '../verify/github';
import { formatJunit } from '../verify/junit';
import { manifestFiles } from '../verify/manifest-files';
import { ProgressLine } from '../verify/progress';
import { formatSarif } from '../verify/sarif';
import { formatText } from '../verify/text';

const HELP = `
Checks every .yaml, .yml and .json file below each PATH: fields and values against the schemas of their kinds, Istio's
own rules, references, routes, weights, the two sides of a migration. In a rendered dist/, each environment and each
phase is checked by itself, and so is every order in which objects can arrive between neighbouring phases.

An error is wrong whatever else exists. A note depends on objects that are not in the files and may exist in the
cluster; it fails nothing. With --complete the files are the whole cluster, and what they lack is an error.

Exit codes: 0 nothing wrong, 1 errors found, 2 wrong usage.

Examples:
  $ meshferry verify                     the rendered manifests in dist/
  $ meshferry verify clusters/prod       any folder of manifests
  $ helm template . | meshferry verify - what another tool prints
  $ meshferry verify --ignore 'charts/**' --ignore '*.tpl.yaml' .
  $ meshferry verify --format sarif . > verify.sarif
  $ meshferry verify --json dist         for other programs`;

const FORMATS: Readonly<Record<string, (report: VerifyReport) => string>> = {
  text: formatText,
  sarif: formatSarif,
  github: formatGithub,
  junit: formatJunit,
};

interface Options {
  readonly complete?: boolean;
  readonly ignore: readonly string[];
  readonly format: string;
  readonly json?: boolean;
}

/** `meshferry verify`: checks manifests, rendered here or written by hand. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check manifests against schemas, Istio and each other')
    .argument('[paths...]', 'folders or files of manifests; - for the standard input', ['dist'])
    .option('--complete', 'take the files for all objects of a cluster')
    .option('--ignore <glob>', 'pass over files and folders; can be given again', collect, [])
    .addOption(new Option('--format <format>', 'how to print').choices(Object.keys(FORMATS)).default('text'))
    .addOption(new Option('--json', 'print the findings as JSON').conflicts('format'))
    .addHelpText('after', HELP)
    .action((paths: string[], options: Options, command: Command) => {
      if (command.args.length === 0) enterProject();
      const report = verify(paths, options);
      if (report.objects === 0 && report.findings.length === 0 && paths.some(isSearched))
        throw new UsageError(`✖ no manifests in ${paths.join(', ')}; name a folder that holds some`);
      const format = FORMATS[options.format] ?? formatText;
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : format(report));
      process.exitCode = report.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
    });
}

function verify(paths: readonly string[], { ignore, complete }: Options): VerifyReport {
  const progress = new ProgressLine(process.stderr);
  try {
    return verifyFiles(manifestFiles(paths, ignore), {
      ...(complete && { complete }),
      onProgress: (step) => progress.show(step),
    });
  } finally {
    progress.clear();
  }
}

function collect(glob: string, globs: readonly string[]): readonly string[] {
  return [...globs, glob];
}

/** Whether manifests are expected at a path: a hook names files one by one, which may be anything. */
function isSearched(path: string): boolean {
  return path === '-' || statSync(path).isDirectory();
}
