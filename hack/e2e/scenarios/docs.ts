import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellBlocks } from '../../docs/blocks';
import { PAGES, ROOT } from '../../docs/pages';
import { labRepository } from '../../lab/repository';
import type { Scenario } from '../scenario';

const NAME = 'docs';

/** Containers that the blocks start and do not remove. */
const CONTAINERS = ['vm1'];

/** The commands of the documentation that are marked `run: lab`, page by page, as a reader pastes them. */
export const docs: Scenario = {
  name: NAME,
  async play({ lab, report }) {
    await lab.serveAgent();
    const dist = join(labRepository(lab.name), 'dist');
    const state = mkdtempSync(join(tmpdir(), 'meshferry-docs-'));
    const env = { MESHFERRY_DIST: dist, MESHFERRY_STATE: state };
    try {
      for (const page of PAGES) {
        const blocks = shellBlocks(readFileSync(join(ROOT, page), 'utf8')).filter(({ run }) => run === 'lab');
        for (const { line, text } of blocks)
          await report.step(NAME, `${page}:${line}`, 'ends with 0', async () => {
            await lab.run('bash', ['-o', 'pipefail', '-ec', text], { cwd: ROOT, env });
            return `${text.trim().split('\n').length} lines`;
          });
      }
    } finally {
      rmSync(state, { recursive: true, force: true });
      await lab.run('docker', ['rm', '--force', ...CONTAINERS]);
      for (const layer of ['routing', 'workload', 'vm'])
        await lab.kubectl('delete', '--ignore-not-found', '-f', join(dist, 'analytics', layer));
    }
  },
};
