import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../manifests/manifest';
import { CRD_FILE, ISTIO_API } from '../import/crds';
import { downloadModule } from '../import/go-module';
import { run } from '../lab/run';

/** What a judge says of an object: why it refuses it, undefined where it takes it. */
export type Verdict = string | undefined;

/** What the API server says under Istio's CRDs, and istiod's webhook after it, of each object. */
export async function askIstio(program: string, objects: readonly Manifest[]): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-oracle-'));
  try {
    const crds = join(folder, 'crds.yaml');
    const answers = join(folder, 'answers.jsonl');
    writeFileSync(crds, (await downloadModule(ISTIO_API)).get(CRD_FILE) ?? '');
    const input = objects.map((object) => `${JSON.stringify(object)}\n`).join('');
    await run(join(program, 'istio'), [crds, answers], { input });
    const lines = readFileSync(answers, 'utf8').trim().split('\n');
    return lines.map((line) => {
      const { crd, webhook } = JSON.parse(line) as { crd: string; webhook: string };
      return crd || webhook || undefined;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
