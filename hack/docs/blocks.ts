import MarkdownIt from 'markdown-it';

/** Where the block of a page is run, by the comment in the line above it: `<!-- run: lab -->`. */
export const PLACES = {
  bare: 'in a bare Debian with Node.js and Go, by `npm run bare`',
  lab: 'on the lab, by `npm run e2e -- --only docs`',
  checkout: 'in a repository of its own, by `npx jest hack/docs`',
} as const;

export type Place = keyof typeof PLACES;

/** A block of commands in a page. */
export interface ShellBlock {
  /** Line of the page, from 1. */
  readonly line: number;
  readonly text: string;
  /** Where it is run. */
  readonly run?: Place;
  /** Why it is not run. */
  readonly notRun?: string;
}

const markdown = new MarkdownIt({ html: true });

/** Every block of a page whose language is `sh`, with what its marker says. */
export function shellBlocks(page: string): ShellBlock[] {
  return fences(page)
    .filter(({ language }) => language === 'sh')
    .map(({ line, text, marker }) => {
      const [, run = ''] = /<!-- run: (\w+) -->/.exec(marker) ?? [];
      const [, notRun] = /<!-- not run: (.+) -->/.exec(marker) ?? [];
      return {
        line,
        text,
        ...(run in PLACES ? { run: run as Place } : {}),
        ...(notRun === undefined ? {} : { notRun }),
      };
    });
}

/** Files that a page has its reader write: the blocks below `<!-- file: PATH -->`. */
export function filesOf(page: string): Record<string, string> {
  return Object.fromEntries(
    fences(page).flatMap(({ text, marker }) => {
      const [, path] = /<!-- file: (\S+) -->/.exec(marker) ?? [];
      return path === undefined ? [] : [[path, text]];
    }),
  );
}

/** Lines of blocks that name no language: nobody can tell whether they are commands. */
export function unnamedBlocks(page: string): number[] {
  return markdown
    .parse(page, {})
    .filter(({ type, info }) => type === 'code_block' || (type === 'fence' && info.trim() === ''))
    .map(({ map }) => (map?.[0] ?? 0) + 1);
}

function fences(page: string) {
  const tokens = markdown.parse(page, {});
  return tokens.flatMap((token, index) => {
    if (token.type !== 'fence') return [];
    const before = tokens[index - 1];
    return [
      {
        line: (token.map?.[0] ?? 0) + 1,
        language: token.info.trim(),
        text: token.content,
        marker: before?.type === 'html_block' ? before.content : '',
      },
    ];
  });
}
