import { posix } from 'node:path';

/** A page as the site's generator reads it. */
export interface SitePage {
  /** Path below the folder of the site's pages. */
  readonly path: string;
  readonly text: string;
}

/**
 * A page of docs/ for the site: its heading becomes the title, the markers of its blocks go, and links lead to pages of
 * the site. A link that leaves docs/ becomes its text, since the site has no such page.
 *
 * @param path of the page, below docs/
 * @param text of the page
 * @param order its place among the pages of its folder
 */
export function sitePage(path: string, text: string, order: number): SitePage {
  const [, title, body] = /^# (.*)\n([\s\S]*)$/.exec(text) ?? [];
  if (title === undefined || body === undefined)
    throw new Error(`docs/${path} does not begin with a heading`);
  const frontMatter = ['---', `title: ${JSON.stringify(title.replaceAll('`', ''))}`];
  if (path !== 'README.md') frontMatter.push(`sidebar: { order: ${order} }`);
  return {
    path: path === 'README.md' ? 'index.md' : path,
    text: `${[...frontMatter, '---'].join('\n')}\n${outsideBlocks(body, (prose) => links(path, prose))}`,
  };
}

/** The pages of docs/ in the order in which its index lists them. */
export function listedPages(index: string): string[] {
  return [...index.matchAll(/\]\(([\w/-]+\.md)\)/g)].map(([, page = '']) => page);
}

function links(path: string, prose: string): string {
  return prose
    .replaceAll(/^ *<!-- .* -->\n/gm, '')
    .replaceAll(
      /(!?)\[([^\]]*)\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)/g,
      (_, image, words, link, anchor = '') => {
        if (link === '') return `[${words}](${anchor})`;
        const target = posix.normalize(posix.join(posix.dirname(path), link));
        if (target.startsWith('..')) return words;
        if (image) return `![${words}](${link})`;
        return `[${words}](${address(target)}${anchor})`;
      },
    );
}

function address(page: string): string {
  if (page === 'README.md') return '/';
  return page.endsWith('.md') ? `/${page.slice(0, -'.md'.length).toLowerCase()}/` : `/${page}`;
}

/** Changes what is not in a fenced block. */
function outsideBlocks(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^ *```[\s\S]*?^ *```$)/m)
    .map((piece, index) => (index % 2 === 0 ? change(piece) : piece))
    .join('');
}
