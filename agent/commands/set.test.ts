import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config-file';
import { pathsUnder } from '../paths';
import { setWorkloadGroup } from './set';

let root: string;
let printed: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshferry-set-'));
  printed = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true });
});

test('a second group takes the place of the first, and the command says how several services share one', () => {
  const paths = pathsUnder(root);
  setWorkloadGroup(paths, 'smm-demo', 'analytics-v0\r');
  setWorkloadGroup(paths, 'smm-demo', 'analytics-v0');
  setWorkloadGroup(paths, 'smm-demo', 'reports-v0');
  expect(printed).toEqual([
    '✓ workload-group=smm-demo/analytics-v0\n',
    '✓ workload-group=smm-demo/analytics-v0\n',
    '✓ workload-group=smm-demo/reports-v0, instead of smm-demo/analytics-v0: several services on one machine share a group, each with a port of its own\n',
  ]);
  expect(loadConfig(paths.config).workloadGroup).toEqual({ namespace: 'smm-demo', name: 'reports-v0' });
});
