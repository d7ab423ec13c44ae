import { defineMesh, defineMigration, type MigrationInput } from '../config';
import { renderPhase } from '../constructs';
import type { MigrationState } from '../operate/gate/state';
import { verdictOf } from '../operate/gate/verdict';
import { phaseChanges } from '../operate/report/phase-changes';
import { topologyOf } from '../operate/topology/graph';
import type { Traffic } from '../operate/topology/traffic';
import { plan } from '../plan/plan';
import type { MigrationModel, PageModel } from './model';

const MESH = defineMesh({ istio: '1.24' });

/** Traffic such as a Prometheus tells of, with the share of the pods that is given. */
export function trafficOf(kubernetes: number, perSecond = 120): Traffic {
  const side = (share: number) => ({
    perSecond: (perSecond * share) / 100,
    success: 99.97,
    latency: 18.4,
    mutualTls: 100,
  });
  return {
    vm: side(100 - kubernetes),
    kubernetes: side(kubernetes),
    callers: [
      { name: 'shop/checkout', perSecond: perSecond * 0.7 },
      { name: 'shop/search', perSecond: perSecond * 0.3 },
    ],
    history: Array.from({ length: 60 }, (_, index) => ({
      at: Date.UTC(2026, 0, 1) + index * 60_000,
      kubernetes: Math.max(0, kubernetes - 60 + index),
    })),
  };
}

/** A migration on the page, in one of its phases. */
export function migrationModel(
  phaseName: string,
  overrides: {
    readonly name?: string;
    readonly input?: Partial<MigrationInput>;
    readonly state?: Partial<MigrationState>;
    readonly traffic?: Traffic;
  } = {},
): MigrationModel {
  const name = overrides.name ?? 'analytics';
  const migration = defineMigration({
    name,
    namespace: 'smm-demo',
    phase: phaseName,
    ports: { http: 8080, grpc: 8082, tcp: 8083 },
    kubernetes: { image: 'registry.example.com/analytics:1.4.2' },
    ...overrides.input,
  });
  const loaded = { migration, mesh: MESH, environment: '', file: `migrations/${name}.yaml`, id: name };
  const phases = plan(migration);
  const index = phases.findIndex((phase) => phase.name === phaseName);
  const phase = phases[index];
  if (!phase) throw new Error(`no phase ${phaseName}`);
  const next = phases[index + 1];
  const state: MigrationState = {
    id: name,
    phase: phaseName,
    number: index + 1,
    of: phases.length,
    declared: phase.share,
    verdict: verdictOf(name, phaseName, [
      { name: 'soak', outcome: 'go', value: '26 min', bound: '≥ 15 min', text: 'soak 26 min ≥ 15 min' },
    ]),
    vm: '1 of 1 WorkloadEntries serve',
    pods: '2 of 2',
    attention: [],
    ...(overrides.traffic && { measured: phase.share }),
    ...overrides.state,
  };
  return {
    state,
    host: `${name}.smm-demo`,
    phases,
    index,
    ...(next && {
      next: phaseChanges(renderPhase(migration, MESH, phase), renderPhase(migration, MESH, next)),
    }),
    topology: topologyOf(loaded, phase, {
      ...(state.vm !== undefined && { vm: state.vm }),
      ...(state.pods !== undefined && { pods: state.pods }),
      ...(overrides.traffic && { traffic: overrides.traffic }),
    }),
    history: overrides.traffic?.history ?? [],
    expiry: overrides.traffic && phase.vm ? { certificate: 19 * 3_600_000, token: 27 * 86_400_000 } : {},
    proposals: [],
    moves: [
      ...(next ? [{ kind: 'next' as const, to: next.name }] : []),
      ...(index > 0 ? [{ kind: 'back' as const, to: phases[index - 1]?.name ?? '' }] : []),
    ],
  };
}

/** A page of some migrations. */
export function pageModel(migrations: readonly MigrationModel[]): PageModel {
  return {
    title: 'platform/migrations',
    made: new Date('2026-01-01T12:00:00Z'),
    commit: {
      id: '0123456789abcdef',
      url: 'https://git.example.com/platform/migrations/commit/0123456789abcdef',
    },
    unasked: [],
    migrations,
  };
}
