import { join } from 'node:path';
import { workspaces } from '../test/program';
import { isPlainApp } from './plain-app';

const workspace = workspaces();
const IMPORT = "import { renderMigrations } from 'meshferry';\n";
const is = (text: string) => isPlainApp(join(workspace({ 'main.ts': text }), 'main.ts'));

test.each([
  [`${IMPORT}\nrenderMigrations();\n`],
  ['import {renderMigrations} from "meshferry"\nrenderMigrations()'],
  [
    `// Ours.\n/* All\n of them. */\n${IMPORT}renderMigrations({ from: 'migrations', to: "dist" }); // here\n`,
  ],
  [`import {\n  renderMigrations,\n} from 'meshferry';\n\nrenderMigrations({\n  from: 'a-b c',\n});\n`],
  [`import { renderMigrations } from '${join(__dirname, '../output')}';\nrenderMigrations();`],
])('does nothing else: %j', (text) => expect(is(text)).toBe(true));

test.each([
  [''],
  ['renderMigrations();'],
  [`${IMPORT}renderMigrations();\nrenderMigrations({ from: 'other' });`],
  [`${IMPORT}import './mine';\nrenderMigrations();`],
  ["import { renderMigrations } from './mine';\nrenderMigrations();"],
  ["import { renderMigrations, Service } from 'meshferry';\nrenderMigrations();"],
  [`${IMPORT}renderMigrations({ from: process.env.FROM });`],
  [`${IMPORT}renderMigrations({ from: 'a' + Date.now() });`],
  [`${IMPORT}if (Date.now() % 2) renderMigrations();`],
  [`${IMPORT}const from = 'https://a'; renderMigrations();`],
  [`${IMPORT}/* one */ process.exit(); /* two */ renderMigrations();`],
  [`${IMPORT}// renderMigrations();`],
  [`${IMPORT}// line\nprocess.exit(); renderMigrations();`],
  [`${IMPORT}renderMigrations({ from: '/*', to: x('*/') });`],
])('may do more: %j', (text) => expect(is(text)).toBe(false));

test('that of this repository does nothing else', () => {
  expect(isPlainApp(join(__dirname, '../main.ts'))).toBe(true);
});
