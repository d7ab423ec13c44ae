import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { plan } from '../../plan/plan';
import type { Evidence } from '../promote/evidence';
import type { Danger } from './dangers';
import { diffComment } from './diff-markdown';
import { code, md } from './markdown';
import { pullRequestText } from './pull-request';
import type { SemanticDiff } from './semantic-diff';

/** CommonMark with GitHub's tables, strikethrough and bare addresses, and with HTML let through. */
const parser = new MarkdownIt({ html: true, linkify: true });

/** What a reader sees of Markdown: its structure and the text around code. In code, forges read nothing. */
function skeleton(markdown: string): string[] {
  const seen: string[] = [];
  let isInCode = false;
  for (const token of parser.parse(markdown, {}).flatMap((one) => one.children ?? [one])) {
    if (token.type === 'html_inline' && /^<\/?code>$/.test(token.content)) {
      isInCode = token.content === '<code>';
      if (isInCode) seen.push('code');
    } else if (token.type === 'code_inline') seen.push('code');
    else if (!isInCode || !token.type.startsWith('text'))
      seen.push(`${token.type} ${token.tag} ${token.content}`);
  }
  return seen;
}

/** All that a reader sees as code. */
function codeIn(markdown: string): string[] {
  const html = parser.render(markdown);
  return [...html.matchAll(/<code>(.*?)<\/code>/gs)].map(([, text = '']) =>
    text
      .replaceAll(
        /&(lt|gt|amp|quot);/g,
        (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"' })[name] ?? '',
      )
      .replaceAll('\u200b', ''),
  );
}

const PIECES = [
  ...[
    '`',
    '``',
    '```',
    '|',
    '\\|',
    '\\',
    '\n',
    '\r\n',
    '\n\n',
    '<!--',
    '-->',
    '<img src=x onerror=y>',
    '</code>',
  ],
  ...[
    '<script>',
    '<details>',
    '@team',
    '@org/team',
    '#12',
    'GH-12',
    '!3',
    '~label',
    '%1',
    '$x$',
    '&copy;',
    '&#96;',
  ],
  ...[
    '**b**',
    '_e_',
    '~~s~~',
    '[a](b)',
    '![a](b)',
    '[^1]',
    '[x]: y',
    'https://evil.example',
    'www.evil.example',
  ],
  ...[
    'a@b.example',
    ':smile:',
    '# h',
    '> q',
    '- l',
    '1. l',
    '---',
    '===',
    '    c',
    '\t',
    '| --- |',
    '/close',
  ],
  ...[
    '\u0000',
    '\u001b[31m',
    '\u0007',
    '\u202e',
    '\u2028',
    '\u200b',
    '\ud800',
    ' ',
    '  ',
    'a',
    '"',
    "'",
    '{',
    '🙂',
  ],
];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

test.each([
  ['plain', '`plain`'],
  ['a`b', '`` a`b ``'],
  ['a|b', '<code>a&#124;b</code>'],
  ['\\|', '<code>&#92;&#124;</code>'],
  ['<img src=x>\n@team', '`<img src=x>\\u{a}@team`'],
  ['\u001b[2J', '`\\u{1b}[2J`'],
  ['', '`""`'],
  [{ a: 1 }, '`{"a":1}`'],
  [undefined, '`nothing`'],
  ['🙂'.repeat(121), `\`${'🙂'.repeat(120)}…\``],
])('%j is %s', (value, written) => {
  expect(code(value).text).toBe(written);
});

test('text in a template is code, and nothing else in it changes', () => {
  expect(md`**${'@team'}** ${3} ${md`_${'<!--'}_`}`.text).toBe('**`@team`** 3 _`<!--`_');
});

test('whatever the text, it is one piece of code: in a line, a list, a quote, a heading and a cell', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const one = code(text).text;
      for (const around of ['x _ y', '- _', '> _', '### _', '|a|b|\n|-|-|\n| _ | z |']) {
        const [benign, attacked] = [around.replace('_', () => '`w`'), around.replace('_', () => one)];
        expect(skeleton(attacked)).toEqual(skeleton(benign));
      }
    }),
    { numRuns: 600 },
  );
});

test('code shows what it was made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 60 }), (text) => {
      fc.pre(/^[^\s"](.*\S)?$/.test(text));
      expect(codeIn(`x ${code(text).text} y`)).toEqual([text]);
    }),
    { numRuns: 300 },
  );
});

/** A pull request and a comment in which everything that comes from outside is one text. */
function written(text: string): string[] {
  const [from, to, next] = plan({ ends: 'done', steps: [10, 100] }).slice(2) as [
    Evidence['from'],
    Evidence['to'],
    Evidence['from'],
  ];
  const object = { label: text, key: text, folder: text, kind: text, manifest: {} };
  const danger = (flag: Danger['flag']): Danger => ({ flag, message: text });
  const diff: SemanticDiff = {
    changes: [
      {
        object,
        is: 'changed',
        fields: [
          { path: text, before: text, after: text },
          { path: text, after: [text] },
          { path: text, before: { [text]: text } },
        ],
      },
      { object, is: 'added', fields: [] },
      { object, is: 'removed', fields: [] },
    ],
    dangers: (['prune', 'orphan', 'selector', 'immutable', 'mtls', 'route'] as const).map(danger),
    radius: { migrations: [text], namespaces: [text], added: 1, changed: 1, removed: 1 },
  };
  const evidence: Evidence = {
    ...{ id: 'prod/shop', kind: 'next', from, to, next, number: 4, of: 9, forward: true },
    since: { time: new Date(0), by: 'commit' },
    verdict: {
      id: 'prod/shop',
      phase: from.name,
      outcome: 'wait',
      checks: [{ name: 'VM', outcome: 'wait', value: text, bound: 'an endpoint', text }],
    },
    // A refusal's lines are items of a list each.
    despite: { reason: text, refusals: [text.replaceAll(/\s/g, ' ')] },
  };
  return [pullRequestText(evidence, diff, new Date(86_400_000)).body, diffComment(diff)];
}

test('nothing that a cluster, a manifest or a person says becomes markup, a mention or a comment', () => {
  const benign = written('word').map(skeleton);
  fc.assert(
    fc.property(hostile, (text) => {
      expect(written(text).map(skeleton)).toEqual(benign);
    }),
    { numRuns: 150 },
  );
});
