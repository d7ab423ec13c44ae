import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execaSync } from 'execa';
import { listedPages, sitePage } from './site-page';

const DOCS = resolve(__dirname, '../../docs');
const CONTENT = join(__dirname, 'src/content/docs');
const SITE = join(__dirname, 'dist');

/** Builds the web site of docs/ into hack/site/dist, with its own dependencies. Broken links fail the build. */
function main(): void {
  if (!existsSync(join(__dirname, 'node_modules')))
    execaSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: __dirname,
      stdio: 'inherit',
    });
  const pages = writePages();
  execaSync('npm', ['run', '--silent', 'build'], {
    cwd: __dirname,
    env: { ASTRO_TELEMETRY_DISABLED: '1' },
    stdio: 'inherit',
  });
  for (const file of ['index.html', 'llms.txt', 'pagefind/pagefind.js'])
    if (!existsSync(join(SITE, file))) throw new Error(`the site lacks ${file}`);
  process.stdout.write(`✓ ${pages} pages in hack/site/dist\n`);
}

function writePages(): number {
  rmSync(CONTENT, { recursive: true, force: true });
  const files = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(DOCS, file)).isFile(),
  );
  const listed = listedPages(readFileSync(join(DOCS, 'README.md'), 'utf8'));
  const unlisted = files.filter(
    (file) => /\.md$/.test(file) && !/^(README\.md|checks\/)/.test(file) && !listed.includes(file),
  );
  if (unlisted.length > 0) throw new Error(`docs/README.md does not list ${unlisted.join(', ')}`);
  for (const file of files) {
    const page = file.endsWith('.md')
      ? sitePage(file, readFileSync(join(DOCS, file), 'utf8'), listed.indexOf(file) + 1)
      : undefined;
    const target = join(CONTENT, page?.path ?? file);
    mkdirSync(dirname(target), { recursive: true });
    if (page) writeFileSync(target, page.text);
    else cpSync(join(DOCS, file), target);
  }
  return files.filter((file) => file.endsWith('.md')).length;
}

try {
  main();
} catch (error) {
  process.stderr.write(`✖ ${(error as Error).message}\n`);
  process.exitCode = 1;
}
