import { listedPages, sitePage } from './site-page';

test('a page gets its title, loses its markers, and links to pages of the site', () => {
  const text = [
    '# The `agent`',
    '',
    'See [phases](../reference/phases.md#drain), [below](#here), [the source](../../agent/main.ts),',
    '[checks](../checks/MF001.md), [all](../README.md), [Istio](https://istio.io/x.md).',
    '![a page](../images/report.png)',
    '',
    '<!-- run: lab -->',
    '```sh',
    'echo "[not](a.md)"',
    '<!-- stays -->',
    '```',
    '',
  ].join('\n');
  expect(sitePage('how-to/agent.md', text, 3)).toEqual({
    path: 'how-to/agent.md',
    text: [
      '---',
      'title: "The agent"',
      'sidebar: { order: 3 }',
      '---',
      '',
      'See [phases](/reference/phases/#drain), [below](#here), the source,',
      '[checks](/checks/mf001/), [all](/), [Istio](https://istio.io/x.md).',
      '![a page](../images/report.png)',
      '',
      '```sh',
      'echo "[not](a.md)"',
      '<!-- stays -->',
      '```',
      '',
    ].join('\n'),
  });
});

test('the index is the first page', () => {
  expect(sitePage('README.md', '# Documentation\n\ntext\n', 0).path).toBe('index.md');
  expect(() => sitePage('x.md', 'text\n', 0)).toThrow('docs/x.md does not begin with a heading');
  expect(listedPages('| [a](tutorials/a.md) | b |\n[c](how-to/c-d.md)')).toEqual([
    'tutorials/a.md',
    'how-to/c-d.md',
  ]);
});
