// cdk8s loads validation plugins in its own process, which knows no TypeScript: this bundles the plugin in memory.
const { buildSync } = require('esbuild');
const { join } = require('node:path');

const { outputFiles } = buildSync({
  entryPoints: [join(__dirname, 'plugin.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  write: false,
});
module._compile(outputFiles[0].text, __filename);
