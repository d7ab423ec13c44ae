import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ISTIO_API } from './crds';
import { generate } from './generate';
import { downloadModule } from './go-module';

const committed = resolve(__dirname, '../../imports');

// This downloads the two pinned modules: where the Go module proxy is out of reach it fails and says so, since
// passing would claim something that nobody looked at.
test('the committed imports are what a regeneration gives', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-imports-'));
  try {
    const fresh = join(folder, 'imports');
    await generate(fresh);
    expect(readdirSync(fresh)).toEqual(readdirSync(committed));
    // A plain comparison: jest would need minutes to print how two files of 9,000 lines differ.
    for (const file of readdirSync(fresh))
      expect({
        file,
        same: readFileSync(join(fresh, file), 'utf8') === readFileSync(join(committed, file), 'utf8'),
      }).toEqual({ file, same: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

test('a module with other content than the pinned one is refused', async () => {
  const sum = `h1:${'A'.repeat(43)}=`;
  await expect(downloadModule({ ...ISTIO_API, sum })).rejects.toThrow(
    `istio.io/api@${ISTIO_API.version} has the checksum ${ISTIO_API.sum}, but ${sum} is pinned`,
  );
}, 60_000);
