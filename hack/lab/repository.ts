import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { MeshInput, MigrationInput } from '../../config';
import { ensureParts } from './cache';
import type { LabEnvironment } from './env';
import { AGENT_ARCHIVE, AGENT_IMAGE, agentImage } from './parts/agent';
import { SIDECAR_FILE, sidecarPackage } from './parts/sidecar-package';
import { cacheDirectory, LAB_SOURCE, stateDirectory } from './paths';
import type { Progress } from './progress';
import type { Provider } from './provider';
import { run } from './run';

const PROGRAM = resolve(__dirname, '../../bin/meshferry.js');

/** Version of Istio that parts/istio pins, as `mesh.yaml` takes it. */
const ISTIO = '1.30';

/** The migration of the walk-through, with an image and a probe that suit the lab. */
export function analytics(appImage: string): MigrationInput & { readonly phase: string } {
  return {
    namespace: 'smm-demo',
    phase: 'onboard',
    ports: { http: 8080, grpc: 8082, tcp: 8083 },
    vm: { probe: { httpGet: { port: 8080 }, periodSeconds: 1 } },
    kubernetes: {
      image: appImage,
      podTemplate: {
        spec: { containers: [{ name: 'analytics', env: [{ name: 'NAME', value: 'pods' }] }] },
      },
    },
  };
}

/** A lab's own repository of migrations, so that nobody edits that of the checkout to try the scripts. */
export function labRepository(name: string): string {
  return join(stateDirectory(name), 'repository');
}

/** The facts of a lab's mesh, as its own repository declares them. */
export function labMesh(name: string): MeshInput {
  return parse(readFileSync(join(labRepository(name), 'migrations/mesh.yaml'), 'utf8'));
}

/** What a lab gives to a shell; where it has a repository, the scripts in `hack/` read that one's `dist/`. */
export async function shellEnvironment(name: string, provider: Provider): Promise<LabEnvironment> {
  const { bin, variables } = await provider.environment();
  const dist = join(labRepository(name), 'dist');
  return { bin, variables: existsSync(dist) ? { ...variables, MESHFERRY_DIST: dist } : variables };
}

/**
 * Makes the lab serve the agent from its ingress, from a repository beside the lab that is rendered and applied as a
 * user's would be. Safe to repeat: a migration that has been moved on stays where it is.
 */
export async function serveAgent(name: string, provider: Provider, progress: Progress): Promise<void> {
  const folders = await ensureParts(cacheDirectory(), [agentImage, sidecarPackage], progress);
  await progress.task('agent', async () => {
    const { bin, variables } = await provider.environment();
    const kubectl = (...args: string[]) => run(join(bin, 'kubectl'), args, { env: variables });
    await provider.loadImages(join(folders(agentImage), AGENT_ARCHIVE));
    const mesh = await meshOf(variables, kubectl, {
      sums: readFileSync(join(folders(agentImage), 'SHA256SUMS'), 'utf8'),
      package: join(folders(sidecarPackage), SIDECAR_FILE),
    });
    const folder = labRepository(name);
    mkdirSync(join(folder, 'migrations'), { recursive: true });
    writeFileSync(join(folder, 'migrations/mesh.yaml'), stringify(mesh));
    const migration = join(folder, 'migrations/analytics.yaml');
    if (!existsSync(migration))
      writeFileSync(migration, stringify(analytics(variables.MESHFERRY_LAB_APP_IMAGE as string)));
    await run(process.execPath, [PROGRAM, 'synth'], { cwd: folder });
    await kubectl('apply', '--filename', join(LAB_SOURCE, 'mesh/agent.yaml'));
    await kubectl('apply', '--filename', join(folder, 'dist/mesh/agent'));
    const rollout = ['rollout', 'status', 'deployment/meshferry-agent', '--timeout=90s'];
    await kubectl('--namespace', 'meshferry', ...rollout);
  });
}

async function meshOf(
  variables: Readonly<Record<string, string>>,
  kubectl: (...args: string[]) => Promise<string>,
  built: { readonly sums: string; readonly package: string },
): Promise<MeshInput> {
  const ingress = `http://${variables.MESHFERRY_LAB_INGRESS}`;
  const { clusters } = JSON.parse(await kubectl('config', 'view', '--raw', '--output', 'json'));
  return {
    istio: ISTIO,
    agentDownload: {
      image: AGENT_IMAGE,
      imagePullPolicy: 'Never',
      gateway: 'istio-system/ingress',
      ingress,
      apiServer: variables.MESHFERRY_LAB_API_SERVER as string,
      apiServerCa: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
      checksums: { x64: checksum(built.sums, 'x64'), arm64: checksum(built.sums, 'arm64') },
      package: {
        url: `${ingress}/get/${SIDECAR_FILE}`,
        plainHttp: true,
        sha256: createHash('sha256').update(readFileSync(built.package)).digest('hex'),
      },
    },
  };
}

function checksum(sums: string, architecture: string): string {
  const line = sums.split('\n').find((each) => each.endsWith(`-${architecture}.gz`));
  if (!line) throw new Error(`SHA256SUMS of the agent has no line for ${architecture}`);
  return line.split(' ')[0] as string;
}
