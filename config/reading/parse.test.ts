import { told, VALID } from '../../test/workspace';
import { defineMesh, defineMigration } from '../define';

const at = (path: string, line: number, key = '__proto__') =>
  `✖ "${key}" can't be a key: JavaScript keeps it for itself → at ${path} (migrations/analytics.yaml:${line})`;

test.each([
  ['labels', 'vm: {labels: {__proto__: x}}\n', [at('vm.labels.__proto__', 7)]],
  ['labels in quotes', 'vm: {labels: {"__proto__": x}}\n', [at('vm.labels.__proto__', 7)]],
  [
    'annotations',
    'vm: {annotations: {constructor: x}}\n',
    [at('vm.annotations.constructor', 7, 'constructor')],
  ],
  [
    'headers',
    'rules: [{match: [{headers: {__proto__: {exact: a}}}]}]\n',
    [at('rules[0].match[0].headers.__proto__', 7)],
  ],
  ['the top', '__proto__: {phase: done}\n', [at('__proto__', 7)]],
])('a key that JavaScript keeps for itself is refused in %s', (_, more, problems) => {
  expect(told(VALID + more)).toEqual(problems);
});

test('so is one of a port, which would not be there', () => {
  expect(told(VALID.replace('http: 8080', '__proto__: 8080'))).toEqual([at('ports.__proto__', 4)]);
});

test('other names of JavaScript are names like any other', () => {
  const names = 'toString: a, valueOf: b, hasOwnProperty: c, toJSON: d, then: e, length: f';
  expect(told(`${VALID}vm: {labels: {${names}}, annotations: {${names}}}\n`)).toEqual([]);
});

test('a port is not one of a protocol that only JavaScript knows', () => {
  expect(told(VALID.replace('http: 8080', 'constructor-api: 8080'))[0]).toContain('names no protocol');
});

test('a mesh and what TypeScript declares are read the same way', () => {
  const labels = JSON.parse('{"__proto__": "x"}');
  expect(() => defineMesh(JSON.parse('{"istio": "1.22", "__proto__": 1}'))).toThrow(/can't be a key/);
  expect(() =>
    defineMigration({ name: 'a', namespace: 'b', phase: 'onboard', ports: { http: 80 }, vm: { labels } }),
  ).toThrow(/"__proto__" can't be a key.*at vm\.labels\.__proto__/s);
});
