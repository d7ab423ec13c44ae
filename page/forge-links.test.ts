import { forgeLinks } from './forge-links';

test.each([
  ['https://git.example.com/platform/migrations.git', 'https://git.example.com/platform/migrations'],
  ['git@git.example.com:platform/migrations.git', 'https://git.example.com/platform/migrations'],
  ['ssh://git@git.example.com:2222/platform/migrations', 'https://git.example.com/platform/migrations'],
  ['https://token:secret@git.example.com:8443/a/b.git', 'https://git.example.com:8443/a/b'],
])('%s is seen at %s', (remote, web) => {
  const links = forgeLinks(remote, 'abc', 'infra/');
  expect(links?.commit('abc')).toBe(`${web}/commit/abc`);
  expect(links?.branch('meshferry/prod/a/pin')).toBe(`${web}/tree/meshferry/prod/a/pin`);
  expect(links?.folder('dist/prod/a')).toBe(`${web}/tree/abc/infra/dist/prod/a`);
});

test.each([
  '/srv/git/migrations.git',
  '../origin',
  'file:///srv/git',
  'javascript:alert(1)',
  'ext::sh -c id',
  '',
])('a remote such as "%s" has no page', (remote) => {
  expect(forgeLinks(remote, 'abc', '')).toBeUndefined();
});
