import { resolve } from 'node:path';
import { generate } from './generate';

const output = resolve(__dirname, '../../imports');

generate(output).then(
  (kinds) => console.log(`${output}: ${kinds.join(', ')}`),
  (error: Error) => {
    console.error(`✖ ${error.message}`);
    process.exitCode = 1;
  },
);
