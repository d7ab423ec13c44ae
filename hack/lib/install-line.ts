import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Annotation of the ConfigMap that serves the agent's install script. */
const ANNOTATION = 'meshferry.dev/install';

/**
 * Finds the line that installs the agent, with the checksum of its script, in rendered manifests.
 *
 * @param folder e.g. `dist`; searched with all that is below
 * @throws Error where there is none, or more than one that differ
 */
export function findInstallLine(folder: string): string {
  const lines = new Set<string>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.ya?ml$/.test(entry)) continue;
    const text = readFileSync(join(folder, entry), 'utf8');
    if (!text.includes(ANNOTATION)) continue;
    for (const document of parseAllDocuments(text)) {
      const line = document.getIn(['metadata', 'annotations', ANNOTATION]);
      if (typeof line === 'string') lines.add(line);
    }
  }
  const [line, other] = lines;
  if (!line)
    throw new Error(
      `nothing below ${folder} serves the agent: declare agentDownload in mesh.yaml, and render (docs/reference/agent.md)`,
    );
  if (other)
    throw new Error(
      `more than one ingress below ${folder} serves the agent: name one's folder with --download`,
    );
  return line;
}

if (require.main === module) {
  try {
    process.stdout.write(findInstallLine(process.argv[2] ?? 'dist'));
  } catch (error) {
    process.stderr.write(`✖ ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}
