import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineMigration, type MigrationInput } from '../config';
import { PAGES as files, ROOT } from '../hack/docs/pages';
import { planPicture } from '../operate/report/plan-picture';
import { plan } from '../plan/plan';
import { meshferry } from './program';

/** Blocks of the docs that are made from the program: `<!-- NAME -->` to `<!-- /NAME -->`. */

function picture(differences: Partial<MigrationInput>): string {
  const ends = differences.ends;
  const kubernetes = ends === 'onboard' ? {} : { kubernetes: { image: 'example/service:1' } };
  const declared: MigrationInput = {
    namespace: 'demo',
    phase: 'onboard',
    ports: { http: 80 },
    ...kubernetes,
    ...differences,
  };
  const phases = plan(defineMigration(declared, 'service'));
  return `\`\`\`text\n${planPicture(phases)}\n\`\`\``;
}

function declaration(indent: string): string {
  const text = ['mesh', 'analytics']
    .map(
      (name) =>
        `# migrations/${name}.yaml\n${readFileSync(join(ROOT, 'migrations', `${name}.yaml`), 'utf8').trim()}`,
    )
    .join('\n\n');
  return ['```yaml', ...text.split('\n'), '```'].map((line) => (line ? indent + line : '')).join('\n');
}

const BLOCKS: Record<string, (argument: string, indent: string) => string> = {
  phases: () => picture({}),
  plan: (argument) => picture(JSON.parse(argument)),
  declaration: (_, indent) => declaration(indent),
  help: (command) =>
    `\`\`\`text\n${meshferry(ROOT, [...command.split(' '), '--help']).stdout.trimEnd()}\n\`\`\``,
};

function filled(text: string): string {
  return text.replace(
    /^( *)<!-- (\w+)(?:: (.*))? -->\n[\s\S]*?^ *<!-- \/\2 -->$/gm,
    (block, indent: string, name: string, argument = '') => {
      const make = BLOCKS[name];
      if (!make) return block;
      const open = `${indent}<!-- ${name}${argument && `: ${argument}`} -->`;
      return `${open}\n${make(argument, indent)}\n${indent}<!-- /${name} -->`;
    },
  );
}

test.each(files)('what %s shows is what the program does', (file) => {
  const path = join(ROOT, file);
  expect(filled(readFileSync(path, 'utf8'))).toMatchFile(path);
});

test('the index lists every page', () => {
  const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
  const unlisted = files
    .filter((file) => /^docs\/(?!checks\/|README)/.test(file))
    .filter((file) => !index.includes(`](${file.slice('docs/'.length)})`));
  expect(unlisted).toEqual([]);
});

test.each(files)('the links of %s lead to files and headings that exist', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  const broken = links.filter((link) => !leadsSomewhere(file, link));
  expect(broken).toEqual([]);
});

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? join(ROOT, from) : join(ROOT, from, '..', path);
  try {
    if (!heading)
      return readdirSync(join(target, '..')).some((entry) => target.replace(/\/$/, '').endsWith(`/${entry}`));
    const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map((match) =>
      slug(match[1] ?? ''),
    );
    return headings.includes(heading) || readFileSync(target, 'utf8').includes(`id="${heading}"`);
  } catch {
    return false;
  }
}

/** A heading's anchor, as GitHub makes it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
