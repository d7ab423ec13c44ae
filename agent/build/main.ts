import { dirname, join, resolve } from 'node:path';
import { buildAgent, checksumLines } from './agent';
import { bundleAgent } from './program';

const ROOT = resolve(__dirname, '../..');
const [to] = process.argv.slice(2);
const [target, scratch] = to
  ? [resolve(to), join(dirname(resolve(to)), '.scratch')]
  : [join(ROOT, 'lib/agent'), join(ROOT, '.meshferry')];

buildAgent({ writeBundle: (file) => bundleAgent(ROOT, file), target, scratch, say: console.log })
  .then((programs) => console.log(`\n${checksumLines(programs).trimEnd()}`))
  .catch((error: Error) => {
    console.error(`✖ ${error.message}`);
    process.exitCode = 1;
  });
