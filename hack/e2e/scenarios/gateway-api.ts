import { setTimeout as sleep } from 'node:timers/promises';
import { type MigrationInput, ROUTING_STEPS, type RoutingOutput } from '../../../config';
import { ensureParts } from '../../lab/cache';
import { gatewayCrds } from '../../lab/parts/gateway-crds';
import { cacheDirectory } from '../../lab/paths';
import { Progress } from '../../lab/progress';
import { applyDefinitions } from '../definitions';
import type { Lab } from '../lab';
import { syncOne } from '../migration';
import { analytics, type Context, type Scenario } from '../scenario';
import { seeded, shuffle } from '../shuffle';
import { Vm } from '../vm';
import { LOADS, type Sync, withWalk } from '../walk';
import { dryRun } from './every-phase';

const NAME = 'gateway api';
const HOSTILE = 'gateway api in hostile order';
const MOVE = 'move to the gateway api';
const ALIAS = 'analytics.corp.example';

/** With calls of grpc beside what other walks send; its port has a route of its own kind. */
const ALL_LOADS = { ...LOADS, grpc: { url: 'http://analytics.smm-demo:8082/', rate: 40 } } as const;

/** Every phase to `done` and back to `onboard` by HTTPRoute, GRPCRoute and TCPRoute, under load on each. */
export const gatewayApi: Scenario = {
  name: NAME,
  play: async (context) => {
    await defineRoutes(context.lab);
    const declared: MigrationInput & { name: string } = {
      ...analytics(context.lab),
      routing: 'gateway-api',
      aliases: [ALIAS],
      rules: [
        {
          ports: ['http'],
          match: [{ uri: { prefix: '/slow' } }, { headers: { 'x-slow': { exact: 'yes' } } }],
          timeout: '30s',
        },
      ],
    };
    await withWalk(context, NAME, declared, async (walk, repository) => {
      const vm = new Vm(context.lab, repository, 'vm-gateway-api');
      await dryRun(context, repository, walk, NAME);
      await walk.apply('onboard');
      await vm.start();
      await vm.join();
      walk.vm = vm;
      await vm.serves();
      const address = await vm.address();
      walk.startLoads({
        ...ALL_LOADS,
        alias: { url: `http://${address}:8080/`, host: ALIAS, rate: 30 },
        rule: { url: 'http://analytics.smm-demo:8080/slow', rate: 20 },
      });
      const names = walk.phases.map(({ name }) => name);
      for (const name of names) await walk.to(name);
      for (const name of names.slice(0, -1).reverse()) await walk.to(name);
      await walk.endLoads();
    });
  },
};

/** The same with the objects one by one, in an order chosen at random, with pauses between them. */
export const gatewayApiHostile: Scenario = {
  name: HOSTILE,
  play: async (context) => {
    await defineRoutes(context.lab);
    const declared = { ...analytics(context.lab), routing: 'gateway-api' as const };
    await withWalk(context, HOSTILE, declared, async (walk, repository) => {
      const vm = new Vm(context.lab, repository, 'vm-gateway-hostile');
      await walk.apply('onboard');
      await vm.start();
      await vm.join();
      walk.vm = vm;
      await vm.serves();
      walk.startLoads(ALL_LOADS);
      const names = walk.phases.map(({ name }) => name);
      const oneByOne = hostile(context);
      for (const name of names.slice(1)) await walk.to(name, oneByOne);
      for (const name of names.slice(0, -1).reverse()) await walk.to(name, oneByOne);
      await walk.endLoads();
    });
  },
};

function hostile({ lab, seed }: Context): Sync {
  const random = seeded(seed);
  process.stdout.write(`  seed ${seed}\n`);
  return async (list) => {
    const order = shuffle(list, random);
    process.stdout.write(
      `  ${order.map(({ object, remove }) => `${remove ? '-' : '+'}${object.kind} ${object.metadata.name}`).join(' ')}\n`,
    );
    for (const change of order) {
      await syncOne(lab, change);
      await sleep(200 + random() * 600);
    }
  };
}

/**
 * From a VirtualService to the Gateway API and back, one step at a time and each object by itself, while a migration is in
 * the middle of its shifts.
 */
export const gatewayApiMove: Scenario = {
  name: MOVE,
  play: async (context) => {
    const { lab, report } = context;
    await defineRoutes(lab);
    const declared = { ...analytics(lab), routing: 'istio' as RoutingOutput, aliases: [ALIAS] };
    await withWalk(context, MOVE, declared, async (walk, repository) => {
      const vm = new Vm(lab, repository, 'vm-gateway-move');
      await walk.apply('onboard');
      await vm.start();
      await vm.join();
      walk.vm = vm;
      await vm.serves();
      const address = await vm.address();
      walk.startLoads({ ...ALL_LOADS, alias: { url: `http://${address}:8080/`, host: ALIAS, rate: 30 } });
      for (const name of ['pin', 'deploy', 'shift-50']) await walk.to(name);
      const oneByOne = hostile(context);
      for (const routing of [...ROUTING_STEPS.slice(1), ...ROUTING_STEPS.slice(0, -1).reverse()]) {
        await report.step(MOVE, `routing: ${routing}`, 'is declared', async () => {
          repository.declare({ ...declared, routing });
          return routing;
        });
        await walk.to('shift-50', oneByOne);
      }
      await walk.endLoads();
    });
  },
};

/** Makes the kinds of the Gateway API known; istiod watches for them to come. */
export async function defineRoutes(lab: Lab): Promise<void> {
  const folders = await ensureParts(cacheDirectory(), [gatewayCrds], new Progress());
  await applyDefinitions(lab, folders(gatewayCrds));
}
