// cdk8s loads validation plugins in its own process, which knows no TypeScript. An installed package has this
// compiled, as lib/cdk8s-plugin.js.
const { join } = require('node:path');
const { run } = require('./compile');

module.exports = run(join(__dirname, 'manifest-validation.ts'));
