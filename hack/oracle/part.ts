import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from '../lab/parts/part';
import { run } from '../lab/run';

/** Folder of the Go program, whose go.mod pins the Istio that the lab runs. */
export const SOURCE = join(__dirname, 'istio');

// Those of the lab's own builds, so that what Go compiled for them is used again.
export const GO_ENV = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };

/** A Go program of a folder here, kept in the lab's cache. */
export function oraclePart(name: string, folder: string): Part {
  const source = join(__dirname, folder);
  return {
    name,
    heavy: true,
    inputs: async () => [
      await run('go', ['version'], { cwd: source }),
      ...['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(source, file), 'utf8')),
    ],
    async build(out, { log }) {
      const arguments_ = ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', `${out}/${folder}`, '.'];
      await run('nice', ['go', ...arguments_], { cwd: source, env: GO_ENV, log });
    },
  };
}

/** The Go program that asks Istio's own validators. */
export const oracleProgram = oraclePart('oracle', 'istio');

/** The Go program that reads YAML with kubectl's own libraries. */
export const yamlProgram = oraclePart('oracle-yaml', 'yaml');
