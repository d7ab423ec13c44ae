import { readdirSync, readFileSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { run } from '../run';
import { type Image, writeArchive } from './images';
import type { Part } from './part';
import { rootFileSystem } from './root-file-system';
import { SIDECAR_FILE, sidecarPackage } from './sidecar-package';

const ROOT = resolve(__dirname, '../../..');
const PROGRAMS = ['meshferry-agent-linux-x64.gz', 'meshferry-agent-linux-arm64.gz'];

/** The image that serves the agent and the sidecar's package, in place of the one that agent/image/ makes. */
export const AGENT_IMAGE = 'localhost/lab/agent-download:dev';

/** The archive of {@link AGENT_IMAGE} in its part's folder. */
export const AGENT_ARCHIVE = 'agent-download.tar';

/** The agent as `npm run build:agent` makes it, in the folder `programs`: built anew when a source of it changes. */
export const agentPrograms: Part = {
  name: 'agent-programs',
  seconds: 40,
  inputs: async () => [
    ...sources(join(ROOT, 'agent')),
    ...sources(join(ROOT, 'text')),
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  ],
  async build(out, { log }) {
    const build = ['-r', 'ts-node/register/transpile-only', 'agent/build/main.ts', join(out, 'programs')];
    await run(process.execPath, build, { cwd: ROOT, log });
    await run('rm', ['-rf', join(out, '.scratch')]);
  },
};

/** What a machine downloads when it joins, as an image for the cluster: no registry is asked. */
export const agentImage: Part = {
  name: 'agent-image',
  needs: [rootFileSystem, agentPrograms, sidecarPackage],
  inputs: async () => [JSON.stringify(IMAGE.config)],
  async build(out, context) {
    await writeArchive(out, AGENT_ARCHIVE, [IMAGE], context);
    await copyFile(join(context.folder(agentPrograms), 'programs/SHA256SUMS'), join(out, 'SHA256SUMS'));
  },
};

const IMAGE: Image = {
  tag: AGENT_IMAGE,
  files: [
    ...PROGRAMS.map((name) => ({
      part: agentPrograms,
      from: `programs/${name}`,
      to: `srv/get/${name}`,
      mode: 0o644,
    })),
    { part: sidecarPackage, from: SIDECAR_FILE, to: `srv/get/${SIDECAR_FILE}`, mode: 0o644 },
  ],
  config: {
    Entrypoint: ['python3', '-m', 'http.server', '8080', '--directory', '/srv'],
    User: '65532:65532',
  },
};

/** Path and content of every file that the agent is made from. */
function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => !/\.test\.ts$|^testing\//.test(file) && statSync(join(folder, file)).isFile())
    .sort()
    .flatMap((file) => [file, readFileSync(join(folder, file), 'utf8')]);
}
