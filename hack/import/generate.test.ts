import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ISTIO_API } from './crds';
import { generate } from './generate';
import { downloadModule, moduleProxies } from './go-module';

const committed = resolve(__dirname, '../../imports');

// These download the pinned modules. Where a proxy is known but out of reach they fail, since passing would claim
// something that nobody looked at; on a machine with Node alone none is known, and they are shown as skipped.
const proxies = moduleProxies();
const testDownloads = proxies.length > 0 ? test : test.skip;
if (proxies.length === 0) console.warn('not run: imports/ against a regeneration; it needs Go, or GOPROXY');

testDownloads(
  'the committed imports are what a regeneration gives, and what was written by hand stays',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshferry-imports-'));
    try {
      const fresh = join(folder, 'imports');
      mkdirSync(fresh);
      for (const file of ['schemas.ts', 'field-schema.ts', 'plain.ts'])
        writeFileSync(join(fresh, file), readFileSync(join(committed, file)));
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
  },
  120_000,
);

testDownloads(
  'a module with other content than the pinned one is refused',
  async () => {
    const sum = `h1:${'A'.repeat(43)}=`;
    await expect(downloadModule({ ...ISTIO_API, sum })).rejects.toThrow(
      `istio.io/api@${ISTIO_API.version} has the checksum ${ISTIO_API.sum}, but ${sum} is pinned`,
    );
  },
  60_000,
);
