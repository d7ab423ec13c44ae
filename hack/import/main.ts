import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { CRD_FILE, type Crd, closedSchema, commonVersion, ISTIO_API, readCrds } from './crds';
import { downloadModule } from './go-module';

/** Regenerates imports/: TypeScript types for the constructs, and closed schemas for the checks. */
async function main(output = resolve(__dirname, '../../imports')) {
  const files = await downloadModule(ISTIO_API);
  const crds = readCrds(new TextDecoder().decode(files.get(CRD_FILE)));
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  writeTypes(crds, output);
  writeSchemas(crds, output);
  console.log(`${output}: ${crds.map((crd) => crd.spec.names.kind).join(', ')} of ${ISTIO_API.path}@${ISTIO_API.version}`);
}

function writeTypes(crds: Crd[], output: string) {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-import-'));
  try {
    const trimmed = crds.map((crd) => stringify({ ...crd, spec: { ...crd.spec, versions: [commonVersion(crd)] } }));
    const file = join(folder, 'crds.yaml');
    writeFileSync(file, trimmed.join('---\n'));
    const cdk8s = join(resolve(require.resolve('cdk8s-cli/package.json'), '..'), 'bin/cdk8s');
    const options = ['--language', 'typescript', '--output', output, '--no-save'];
    execFileSync(process.execPath, [cdk8s, 'import', file, ...options], {
      cwd: folder,
      env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeSchemas(crds: Crd[], output: string) {
  const kinds = crds.map((crd) => ({
    group: crd.spec.group,
    kind: crd.spec.names.kind,
    versions: crd.spec.versions.filter((version) => version.served).map((version) => version.name),
    schema: closedSchema((commonVersion(crd).schema.openAPIV3Schema.properties as { spec: object }).spec as never),
  }));
  const source = `generated from ${CRD_FILE} of ${ISTIO_API.path}@${ISTIO_API.version} (${ISTIO_API.sum})`;
  writeFileSync(join(output, 'schemas.json'), `${JSON.stringify({ source, kinds }, null, 1)}\n`);
}

main(process.argv[2]).catch((error: Error) => {
  console.error(`✖ ${error.message}`);
  process.exitCode = 1;
});
