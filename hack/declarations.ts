import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { writeOutInferredTypes } from './plain-types';

/**
 * Writes the library's types as one file, which asks for cdk8s and constructs alone, and says what the library exports.
 *
 * @param root the repository
 * @param output the `.d.ts` file
 * @returns the API report: each exported declaration, without comments, for reviewers
 * @throws Error where the types cannot be made, or a declaration would be lost
 */
export function writeDeclarations(root: string, output: string): string {
  // Beside the output, so that cdk8s and constructs are found from there.
  const folder = mkdtempSync(join(dirname(output), 'declarations-'));
  try {
    const tsc = require.resolve('typescript/bin/tsc');
    const emit = ['--declaration', '--emitDeclarationOnly', '--outDir', folder];
    execFileSync(process.execPath, [tsc, '--project', 'tsconfig.lib.json', ...emit], {
      cwd: root,
      stdio: 'inherit',
    });
    writeOutInferredTypes(folder);
    return rollUp(root, folder, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rollUp(root: string, folder: string, output: string): string {
  const reports = mkdtempSync(join(tmpdir(), 'api-report-'));
  try {
    const none = { logLevel: ExtractorLogLevel.None };
    const config = ExtractorConfig.prepare({
      packageJsonFullPath: join(root, 'package.json'),
      configObjectFullPath: undefined,
      configObject: {
        projectFolder: root,
        mainEntryPointFilePath: join(folder, 'index.d.ts'),
        compiler: {
          overrideTsconfig: {
            compilerOptions: {
              module: 'preserve',
              moduleResolution: 'bundler',
              target: 'es2022',
              strict: true,
              types: ['node'],
            },
            files: [join(folder, 'index.d.ts')],
          },
        },
        newlineKind: 'lf',
        dtsRollup: { enabled: true, untrimmedFilePath: output },
        apiReport: {
          enabled: true,
          reportFileName: 'meshferry.api.md',
          reportFolder: reports,
          reportTempFolder: reports,
        },
        docModel: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: {
          compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
          // What is not exported is part of the file all the same, and release tags say nothing before a release.
          extractorMessageReporting: { default: none },
          tsdocMessageReporting: { default: none },
        },
      },
    });
    const { succeeded } = Extractor.invoke(config, {
      localBuild: true,
      printApiReportDiff: false,
      messageCallback: (message) => {
        message.handled = message.logLevel !== ExtractorLogLevel.Error;
      },
    });
    if (!succeeded) throw new Error('the declarations cannot be rolled up');
    return readFileSync(join(reports, 'meshferry.api.md'), 'utf8');
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}
