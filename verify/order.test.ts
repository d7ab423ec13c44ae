import { join } from 'node:path';
import fc from 'fast-check';
import { defineMesh, defineMigration, loadMigrations, type MeshInput, type MigrationInput } from '../config';
import { ROUTING_STEPS } from '../config/routing-output';
import { renderPhase } from '../constructs';
import type { Manifest } from '../manifests/manifest';
import { readSources } from '../manifests/read';
import { plan } from '../plan/plan';
import { meshInput, migrationInput } from '../test/arbitraries';
import { existingEndpoints } from './existing-endpoints';
import { ObjectSet } from './object-set';
import { type PhaseState, selectorless, verifyOrder } from './order';
import { verifyPhases } from './phases';

const MESH = defineMesh({ istio: '1.24' });

const BASE: MigrationInput = {
  namespace: 'demo',
  phase: 'onboard',
  ports: { http: 80, tcp: 8083 },
  kubernetes: { image: 'analytics:1' },
};
const EXISTING: MigrationInput = { ...BASE, phase: 'prepare', kubernetes: { existing: true } };
const STANDBY: MigrationInput = { ...BASE, mode: 'long-term', ends: 'standby' };
const EVERYTHING: MigrationInput = {
  ...BASE,
  aliases: ['analytics.corp.example'],
  gateways: [{ name: 'edge/public', hosts: ['analytics.example.com'] }],
  rules: [{ match: [{ uri: { prefix: '/api' } }], timeout: '3s' }],
};

/** Callers outside come in by other Gateways with each. */
const EVERYTHING_WITHIN: MigrationInput = { ...EVERYTHING, gateways: [] };

const selectorlessIn = (phases: readonly PhaseState[]) =>
  selectorless(phases.map(({ objects }) => new ObjectSet(objects)));

function phasesOf(input: MigrationInput, mesh = MESH): PhaseState[] {
  const migration = defineMigration(input, input.name ?? 'analytics');
  return plan(migration).map((phase) => ({
    name: phase.name,
    objects: sources(Object.values(renderPhase(migration, mesh, phase)).flat()),
  }));
}

function sources(manifests: readonly Manifest[]) {
  return manifests.map((manifest) => ({ manifest: JSON.parse(JSON.stringify(manifest)) as Manifest }));
}

/** The ids and messages of what is found when phases of a good plan are left out. */
function without(input: MigrationInput, ...names: string[]) {
  const phases = phasesOf(input);
  for (const name of names) expect(phases.map((phase) => phase.name)).toContain(name);
  return verifyPhases(phases.filter(({ name }) => !names.includes(name)));
}

const ids = (findings: readonly { readonly id: string }[]) =>
  [...new Set(findings.map(({ id }) => id))].sort();

describe('order never matters', () => {
  test.each(loadMigrations(join(__dirname, '../migrations')).map((one) => [one.file, one] as const))(
    'in %s',
    (_, { migration, mesh }) => {
      const phases = plan(migration).map((phase) => ({
        name: phase.name,
        objects: sources(Object.values(renderPhase(migration, mesh, phase)).flat()),
      }));
      expect(phases.length).toBeGreaterThan(1);
      expect(verifyPhases(phases)).toEqual([]);
    },
  );

  test.each([
    ['a temporary migration', BASE],
    ['a long-term split', { ...BASE, mode: 'long-term', ends: 'split' }],
    ['a standby', STANDBY],
    ['a VM that joins pods and leaves again', EXISTING],
    ['a VM that joins pods and stays', { ...EXISTING, mode: 'long-term', ends: 'split' }],
    ['a VM that takes over from pods', { ...EXISTING, mode: 'long-term', ends: 'standby' }],
    ['rules, further names and gateways', EVERYTHING],
    ['routes of the Gateway API', { ...EVERYTHING, routing: 'gateway-api' }],
    ['routes of the Gateway API beside pods that serve', { ...EXISTING, routing: 'gateway-api' }],
    [
      'a standby with rules, further names and gateways',
      { ...EVERYTHING, mode: 'long-term', ends: 'standby' },
    ],
  ] satisfies [string, MigrationInput][])('for %s', (_, input) => {
    expect(verifyPhases(phasesOf(input as MigrationInput))).toEqual([]);
  });

  test.each([
    ['a temporary migration', EVERYTHING_WITHIN],
    ['a standby', STANDBY],
    ['pods that serve already', EXISTING],
  ])('on the way from a VirtualService to the Gateway API, in any phase of %s', (_, input) => {
    const steps = ROUTING_STEPS.map((routing) => phasesOf({ ...input, routing }));
    for (const [index, to] of steps.slice(1).entries())
      for (const [at, phase] of to.entries()) {
        const from = steps[index]?.[at] as PhaseState;
        const whole = { existing: existingEndpoints(to), selectorless: selectorlessIn(to) };
        expect(verifyOrder(from, phase, whole)).toEqual([]);
      }
  });

  test('for any migration', () => {
    fc.assert(
      fc.property(migrationInput(), meshInput(), (input, mesh) => {
        expect(verifyPhases(phasesOf(input, defineMesh(mesh as MeshInput)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a plan without', () => {
  test.each([
    ['pin lets pods answer before a route says who serves', BASE, ['pin'], ['MF604']],
    ['deploy gives pods a share before they start', BASE, ['deploy'], ['MF602']],
    ['drain takes a subset that a route may still name', BASE, ['drain'], ['MF601']],
    ['shift-100 and drain takes the VM while it serves', BASE, ['shift-100', 'drain'], ['MF601', 'MF602']],
    ['release removes the DestinationRule under the VirtualService', BASE, ['release'], ['MF601']],
    ['guard lets the VM answer before a route says who serves', EXISTING, ['guard'], ['MF604']],
    ['arm lets pods answer beside the VM', STANDBY, ['arm'], ['MF604']],
  ] as const)('%s', (_, input, names, expected) => {
    expect(ids(without(input, ...names))).toEqual(expected);
  });

  test.each([
    ['drain takes a Service that a route may still name', BASE, ['drain'], ['MF601']],
    ['deploy gives pods a share before they start', BASE, ['deploy'], ['MF602']],
    ['release removes the Services under their routes', BASE, ['release'], ['MF601']],
    ['pin lets pods answer before a route says who serves', BASE, ['pin'], ['MF604']],
    ['guard lets the VM answer before a route says who serves', EXISTING, ['guard'], ['MF604']],
    ['arm lets pods answer beside the VM', STANDBY, ['arm'], ['MF604']],
  ] as const)('%s, with the Gateway API', (_, input, names, expected) => {
    expect(ids(without({ ...input, routing: 'gateway-api' }, ...names))).toEqual(expected);
  });

  test('prepare or onboard routes to a subset before there is a DestinationRule', () => {
    const nothing = { name: 'before', objects: [] };
    const [, guard] = phasesOf(EXISTING);
    expect(ids(verifyPhases([nothing, guard as PhaseState]))).toEqual(['MF601']);
    const [, pin] = phasesOf(BASE);
    expect(ids(verifyPhases([nothing, pin as PhaseState]))).toEqual(['MF601', 'MF602']);
  });

  test('a finding says what has arrived, what has not, and what to do', () => {
    expect(without(BASE, 'release')).toContainEqual(
      expect.objectContaining({
        id: 'MF601',
        severity: 'error',
        object: 'VirtualService demo/analytics',
        message:
          'between retire and done, when DestinationRule demo/analytics (deleted) has arrived and VirtualService demo/analytics (deleted) has not: http requests for analytics.demo.svc:80: a route names subset v1 of analytics.demo.svc, which no DestinationRule has then: they fail',
        fix: 'add a subset a phase before a route names it, and remove it a phase after the last route that did',
      }),
    );
  });
});

describe('broken on purpose', () => {
  const service = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: demo }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: { name: web-v0, namespace: demo }
spec: { metadata: { labels: { app: web, version: v0 } }, template: { ports: { http: 80 } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web-v1, namespace: demo }
spec: { template: { metadata: { labels: { app: web, version: v1 } } } }
`;
  const rule = `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web, namespace: demo }
spec: { host: web, subsets: [{ name: v0, labels: { version: v0 } }, { name: v1, labels: { version: v1 } }] }
`;
  const routes = (name: string, vm: number, host = 'web') => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: demo }
spec:
  hosts: [${host}]
  http:
    - route:
        - { destination: { host: web, subset: v0 }, weight: ${vm} }
        - { destination: { host: web, subset: v1 }, weight: ${100 - vm} }
`;
  const state = (name: string, text: string) => ({ name, objects: readSources(`${name}.yaml`, text) });

  test('weights that move together with what the subsets mean', () => {
    const swapped = rule
      .replace(/v0|v1/g, (name) => (name === 'v0' ? 'v1' : 'v0'))
      .replace(/name: v(.)/g, (_, n) => `name: v${1 - n}`);
    const from = state('one', service + rule + routes('web', 20));
    const to = state('two', service + swapped + routes('web', 80));
    expect(verifyOrder(from, to)).toEqual([
      expect.objectContaining({
        id: 'MF603',
        message: expect.stringContaining(
          'WorkloadGroup demo/web-v0 gets up to 80 %, more than the 20 % that the two phases give it',
        ),
      }),
    ]);
  });

  test('a VM replaced by one under another name in the step that moves weights', () => {
    const from = state('one', service + rule + routes('web', 50));
    const to = state('two', service.replace('name: web-v0', 'name: web-v2') + rule + routes('web', 40));
    expect(ids(verifyOrder(from, to))).toEqual(['MF602', 'MF603', 'MF604']);
  });

  test('a VirtualService under another name leaves a gateway without routes in between', () => {
    const bound = (text: string) => text.replace('hosts:', 'gateways: [edge/public]\n  hosts:');
    const from = state('one', service + rule + bound(routes('old', 100, 'web.example.com')));
    const to = state('two', service + rule + bound(routes('new', 100, 'web.example.com')));
    expect(ids(verifyOrder(from, to))).toEqual(['MF605']);
  });

  test('a ServiceEntry that comes with the first weights leaves its name unsplit in between', () => {
    const entry = `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: web, namespace: demo }
spec: { hosts: [web.corp], ports: [{ name: http, number: 80, protocol: HTTP }], workloadSelector: { labels: { app: web } } }
`;
    const from = state('one', service + rule + routes('web', 100));
    const to = state('two', service + rule + entry + routes('web', 90, 'web, web.corp'));
    expect(ids(verifyOrder(from, to))).toEqual(['MF604']);
  });

  test('too many changes to look at are told, not passed over', () => {
    const many = Array.from({ length: 13 }, (_, index) => routes(`web-${index}`, 100, `web-${index}`));
    const findings = verifyOrder(state('one', service + rule), state('two', service + rule + many.join('')));
    expect(findings).toEqual([
      expect.objectContaining({
        id: 'MF606',
        message: 'between one and two, 13 objects that steer traffic change: too many to look at every order',
      }),
    ]);
  });

  test('a VM that gets back what it gave away', () => {
    const phases = [100, 50, 75].map((vm, index) =>
      state(`0${index + 1}-w`, service + rule + routes('web', vm)),
    );
    expect(verifyPhases(phases)).toEqual([
      expect.objectContaining({
        id: 'MF607',
        message: '03-w gives the VM 75 % again, after 02-w took it from 100 % to 50 %',
      }),
    ]);
  });
});
