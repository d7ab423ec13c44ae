import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCHEMAS } from '../../imports/schemas';
import type { Manifest } from '../../manifests/manifest';
import { readSources } from '../../manifests/read';
import { run } from '../lab/run';
import { GO_ENV, SOURCE } from './part';

const PACKAGE = 'pkg/config/validation';
const CALL = '\t\treturn f(config)\n';

/** Go that notes what a validator is asked about. */
const RECORDER = `package validation

import (
	"encoding/json"
	"fmt"
	"os"

	"istio.io/istio/pkg/config"
)

func record(object config.Config) {
	spec, err := config.ToRaw(object.Spec)
	if err != nil {
		panic(err)
	}
	line, err := json.Marshal(map[string]any{
		"type": fmt.Sprintf("%T", object.Spec), "name": object.Name, "namespace": object.Namespace,
		"labels": object.Labels, "annotations": object.Annotations, "spec": spec,
	})
	if err != nil {
		panic(err)
	}
	file, err := os.OpenFile(os.Getenv("RECORD"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := file.Write(append(line, '\\n')); err != nil {
		panic(err)
	}
}
`;

/** The objects of Istio's own tests of its CRDs, as `verify` reads them; of the kinds that are checked. */
export async function crdTestObjects(): Promise<Manifest[]> {
  const folder = join(await istioFolder(), PACKAGE, 'testdata/crds');
  return readdirSync(folder)
    .flatMap((file) => readSources(file, readFileSync(join(folder, file), 'utf8')))
    .map(({ manifest: { _err, ...object } }) => object as Manifest)
    .filter(({ apiVersion, kind }) =>
      SCHEMAS.kinds.some((known) => known.kind === kind && String(apiVersion).startsWith(`${known.group}/`)),
    );
}

/** Where the source of the pinned Istio is. */
export async function istioFolder(): Promise<string> {
  await run('go', ['mod', 'download', 'istio.io/istio'], { cwd: SOURCE, env: GO_ENV });
  const list = ['list', '-m', '-f', '{{.Dir}}', 'istio.io/istio'];
  return (await run('go', list, { cwd: SOURCE, env: GO_ENV })).trim();
}

/**
 * The objects of Istio's own validation tests. Their package is copied and run with a recorder in it; nothing of it
 * is kept.
 *
 * @throws Error where the package no longer has the place that the recorder goes into
 */
export async function recordedObjects(): Promise<Manifest[]> {
  const istio = await istioFolder();
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-recorded-'));
  try {
    for (const file of ['go.mod', 'go.sum']) cpSync(join(SOURCE, file), join(folder, file));
    copyPackage(join(istio, PACKAGE), join(folder, 'recorded'));
    const record = join(folder, 'record.jsonl');
    const env = { ...GO_ENV, GOFLAGS: '-mod=mod -buildvcs=false', RECORD: record };
    await run('nice', ['go', 'test', '-trimpath', './recorded'], { cwd: folder, env });
    return readFileSync(record, 'utf8').trim().split('\n').flatMap(manifestOf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyPackage(from: string, to: string): void {
  mkdirSync(to);
  const files = readdirSync(from).filter((file) => file.endsWith('.go'));
  // Those two need Istio's whole repository around them.
  for (const file of files.filter((name) => !['fuzz_test.go', 'openapi_test.go'].includes(name))) {
    const text = readFileSync(join(from, file), 'utf8');
    writeFileSync(join(to, file), file === 'validation.go' ? withRecorder(text) : text);
  }
  writeFileSync(join(to, 'recorder.go'), RECORDER);
}

function withRecorder(text: string): string {
  if (!text.includes(CALL)) throw new Error(`${PACKAGE}/validation.go has no "${CALL.trim()}"`);
  return text.replace(CALL, `\t\trecord(config)\n${CALL}`);
}

/** The object of a line; none for a kind that is not checked here. */
function manifestOf(line: string): Manifest[] {
  const { type, name, namespace, labels, annotations, spec } = JSON.parse(line);
  const kind = SCHEMAS.kinds.find(
    (known) => known.group.endsWith('istio.io') && type.endsWith(`.${known.kind}`),
  );
  if (!kind) return [];
  const metadata = {
    name: name || 'some-name',
    namespace: namespace || 'default',
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
  return [{ apiVersion: `${kind.group}/${kind.versions[0]}`, kind: kind.kind, metadata, spec } as Manifest];
}
