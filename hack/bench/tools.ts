import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A program built from a Go module; the Go toolchain verifies it against the public checksum database. */
interface Tool {
  readonly name: string;
  readonly source: string;
}

const TOOLS: readonly Tool[] = [
  { name: 'helm', source: 'helm.sh/helm/v3/cmd/helm@v3.19.0' },
  { name: 'kustomize', source: 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1' },
  { name: 'jsonnet', source: 'github.com/google/go-jsonnet/cmd/jsonnet@v0.21.0' },
];

/** Paths of the programs that can be had, by name, and a sentence for each that cannot. */
export function tools(): { paths: Record<string, string>; missing: string[] } {
  const paths: Record<string, string> = {};
  const missing: string[] = [];
  for (const tool of TOOLS) {
    try {
      paths[tool.name] = build(tool);
    } catch (error) {
      missing.push(`${tool.name}: not compared: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return { paths, missing };
}

function build({ name, source }: Tool): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'meshferry-bench', source.replaceAll('/', '_'));
  const path = join(folder, name);
  if (existsSync(path)) return path;
  console.error(`building ${source} (once; it is kept in ${folder})`);
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, GOBIN: folder, CGO_ENABLED: '0' };
  execFileSync('go', ['install', '-trimpath', '-ldflags=-s -w', source], { env, stdio: 'ignore' });
  return path;
}
