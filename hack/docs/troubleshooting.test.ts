import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pages';

const PAGE = 'docs/how-to/troubleshooting.md';

test('every message of the page is one that a program here prints', () => {
  const page = readFileSync(join(ROOT, PAGE), 'utf8').split('## In the mesh')[0] as string;
  const messages = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, message = '']) => message);
  const files = execFileSync('git', ['ls-files', '*.ts', '*.sh'], { cwd: ROOT, encoding: 'utf8' });
  const sources = files
    .split('\n')
    .filter((file) => file && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
  expect(messages.length).toBeGreaterThan(30);
  expect(messages.filter((message) => !isPrinted(message, sources))).toEqual([]);
});

/** Whether the words stand in a source, where a name in them may be a placeholder there. */
function isPrinted(message: string, sources: string): boolean {
  const words = message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace('main\\.ts', '\\$\\{app\\}');
  return new RegExp(words).test(sources);
}
