import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from '../lab/parts/part';
import { run } from '../lab/run';

/** Folder of the Go program, whose go.mod pins the Istio that the lab runs. */
export const SOURCE = join(__dirname, 'istio');

// Those of the lab's own builds, so that what Go compiled for them is used again.
export const GO_ENV = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };

/** The Go program that asks Istio's own validators, kept in the lab's cache. */
export const oracleProgram: Part = {
  name: 'oracle',
  heavy: true,
  inputs: async () => [
    await run('go', ['version'], { cwd: SOURCE }),
    ...['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(SOURCE, file), 'utf8')),
  ],
  async build(out, { log }) {
    const arguments_ = ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', `${out}/istio`, '.'];
    await run('nice', ['go', ...arguments_], { cwd: SOURCE, env: GO_ENV, log });
  },
};
