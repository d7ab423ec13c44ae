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
  const tokens = markdown.parse(page, {});
  return tokens.flatMap((token, index) => {
    if (token.type !== 'fence' || token.info.trim() !== 'sh') return [];
    const before = tokens[index - 1];
    const marker = before?.type === 'html_block' ? before.content : '';
    const [, run] = /<!-- run: (\w+) -->/.exec(marker) ?? [];
    const [, notRun] = /<!-- not run: (.+) -->/.exec(marker) ?? [];
    return [
      {
        line: (token.map?.[0] ?? 0) + 1,
        text: token.content,
        ...(run !== undefined && run in PLACES ? { run: run as Place } : {}),
        ...(notRun === undefined ? {} : { notRun }),
      },
    ];
  });
}

/** Blocks that hold code and name no language: nobody can tell whether they are commands. */
export function unnamedBlocks(page: string): number[] {
  return markdown
    .parse(page, {})
    .filter(({ type, info }) => type === 'code_block' || (type === 'fence' && info.trim() === ''))
    .map(({ map }) => (map?.[0] ?? 0) + 1);
}
