import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { downloadModule, type GoModule, moduleProxies } from '../../hack/import/go-module';
import { fields } from '../../manifests/manifest';
import { differences } from './compare';
import type { Original } from './migration-of';
import { onlineBoutique } from './online-boutique';
import { workloadsIn } from './read';

/**
 * Real applications, each workload through a migration file: its pods have to come out as they are published. Manifests
 * are read from the package that holds them, pinned by its checksum.
 */

const PAGE = readFileSync(join(__dirname, '../../docs/reference/applications.md'), 'utf8');

const ISTIO: GoModule = {
  path: 'istio.io/istio',
  version: 'v0.0.0-20260827124520-eed52ebb66ad',
  sum: 'h1:ui9TJjRMAV/hb5ehQaZDq7IUGxuQP6dra9lapT/VjHI=',
};
const PODINFO: GoModule = {
  path: 'github.com/stefanprodan/podinfo',
  version: 'v1.8.1-0.20250910200901-e86405a8674e',
  sum: 'h1:ikpMMm5HbQT/1DehrPM+Lpwk3WAw/1Hg540eR+jsXus=',
};

/** By module, the applications in it, each with the folders whose manifests belong together. */
const PUBLISHED: readonly (readonly [GoModule, Readonly<Record<string, readonly RegExp[]>>])[] = [
  [
    ISTIO,
    {
      bookinfo: [
        /^samples\/bookinfo\/platform\/kube\/bookinfo(-(db|mysql|psa|details-v2|ratings-v2(-mysql)?))?\.yaml$/,
      ],
      "Istio's other samples": [
        'curl',
        'extauthz',
        'grpc-echo',
        'health-check',
        'helloworld',
        'httpbin',
        'jwt-server',
        'open-telemetry',
        'sleep',
        'tcp-echo',
        'websockets',
      ].map((folder) => new RegExp(`^samples/${folder}/[^/]+\\.yaml$`)),
      "Istio's addons": [/^samples\/addons\/[^/]+\.yaml$/],
    },
  ],
  [
    PODINFO,
    {
      podinfo: [
        /^kustomize\//,
        /^deploy\/bases\/backend\//,
        /^deploy\/bases\/cache\//,
        /^deploy\/bases\/frontend\//,
      ],
    },
  ],
];

const nameOf = ({ controller }: Original) => String(fields(controller.metadata).name);

/** What is lost of each workload that does not come out whole, by name. */
function lossesOf(workloads: readonly Original[]): Record<string, string[]> {
  const found = workloads.map((one) => [nameOf(one), differences(one)] as const);
  return Object.fromEntries(found.filter(([, lost]) => lost.length > 0));
}

test('Online Boutique: all but the load generator, which nobody calls, come out whole', () => {
  const workloads = onlineBoutique();
  expect(lossesOf(workloads)).toEqual({
    loadgenerator: [expect.stringContaining('has no traffic to move and needs no migration')],
  });
  expect(PAGE).toContain(`| Online Boutique | ${workloads.length} | ${workloads.length - 1} |`);
});

test('a field that a migration does not carry would be told', () => {
  const [first] = onlineBoutique();
  if (!first) throw new Error('there are no workloads');
  const { spec } = first.controller as { spec: object };
  const other = { ...first, controller: { ...first.controller, spec: { ...spec, paused: true } } };
  expect(differences(other)).toEqual(['paused: true became undefined']);
});

// These download pinned modules: where a proxy is known but out of reach they fail, and without one they are skipped.
const proxies = moduleProxies();
if (proxies.length === 0) console.warn('not run: applications from Go modules; it needs Go, or GOPROXY');

describe.each(PUBLISHED)('$path', (module, applications) => {
  (proxies.length > 0 ? test : test.skip)('every workload comes out whole', async () => {
    const files = [...(await downloadModule(module))];
    for (const [application, folders] of Object.entries(applications)) {
      const workloads = folders.flatMap((folder) =>
        workloadsIn(
          files.filter(([path]) => folder.test(path)).map(([, content]) => new TextDecoder().decode(content)),
        ),
      );
      expect({ application, losses: lossesOf(workloads) }).toEqual({ application, losses: {} });
      expect(PAGE).toContain(`| ${application} | ${workloads.length} | ${workloads.length} |`);
    }
  });
});
