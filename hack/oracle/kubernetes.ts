import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { SCHEMAS } from '../../imports/schemas';
import type { Manifest } from '../../manifests/manifest';
import { readSources } from '../../manifests/read';
import { ensureParts } from '../lab/cache';
import { kubernetes } from '../lab/parts/pinned';
import { cacheDirectory } from '../lab/paths';
import { Progress } from '../lab/progress';
import { ApiServer } from './api-server';
import { ourVerdict } from './compare';
import type { Verdict } from './istio';
import { invent, mutate } from './mutate';
import { Random } from './random';
import { report, WANTED } from './report';

const SEEDS = join(__dirname, '../../rules/kubernetes/valid.fixture.yaml');

/** Namespace of the objects that mutants are made of. */
const NAMESPACE = 'demo';

/** What the API server says of itself rather than of the object, and why. */
const OF_THE_CLUSTER: readonly (readonly [why: string, verdict: RegExp])[] = [
  [
    'its addresses and ports are taken, or other ones',
    /is already allocated|not in the valid range|is not in the range/,
  ],
  ['it has one family of addresses', /not configured for dual-stack/],
  ['a namespace does not exist', /namespaces ".*" not found/],
  [
    'its release lacks a field that the schemas have',
    /unknown field "[^"]*\b(scheduling|schedulingGroup|evictionResponders|bindMountOptions|user|defaultUser|mode)"/,
  ],
];

/** What the schemas have against an object, and the API server does not look at. */
const UNSEEN = /metric\.selector\.matchExpressions|emplate\.metadata\.ownerReferences/;

const program = new Command('oracle-kubernetes')
  .description(
    "Holds what verify says of Kubernetes' kinds against a dry run of the API server that the lab builds.",
  )
  .option('--mutants <number>', 'objects to make up', '6000')
  .option('--seed <number>', 'seed of what is chosen at random', '1')
  .option('--show <number>', 'differences to print', '20');

async function main(options: Record<'mutants' | 'seed' | 'show', string>): Promise<void> {
  const folders = await ensureParts(cacheDirectory(), [kubernetes], new Progress());
  const server = await ApiServer.start(join(folders(kubernetes), 'kube-apiserver'));
  try {
    await server.createNamespace(NAMESPACE);
    const seeds = readSources(SEEDS, readFileSync(SEEDS, 'utf8')).map(({ manifest }) => manifest);
    const random = new Random(Number(options.seed));
    const mutants = makeUp(seeds, Number(options.mutants), random);
    const release = await server.version();
    const shares = [
      judge(`valid objects, Kubernetes ${release}`, seeds, await server.ask(seeds), Number(options.show)),
      judge(
        `mutants, Kubernetes ${release}, seed ${options.seed}`,
        mutants,
        await server.ask(mutants),
        Number(options.show),
      ),
    ];
    if (Math.min(...shares) < WANTED) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

/** Mutants of valid objects, and some objects of whole cloth. */
function makeUp(seeds: readonly Manifest[], count: number, random: Random): Manifest[] {
  const kinds = SCHEMAS.kinds.filter(({ group }) => !/\.istio\.io$|^gateway\./.test(group));
  return Array.from({ length: count }, () =>
    random.chance(0.9) ? mutate(random.pick(seeds), random) : invent(random.pick(kinds), 'made-up', random),
  );
}

function judge(
  what: string,
  objects: readonly Manifest[],
  verdicts: readonly Verdict[],
  show: number,
): number {
  const left = new Map<string, number>();
  const kept = objects.flatMap((object, index) => {
    const verdict = verdicts[index];
    const why = OF_THE_CLUSTER.find(([, pattern]) => verdict !== undefined && pattern.test(verdict))?.[0];
    const unseen = verdict === undefined && UNSEEN.test(ourVerdict(object) ?? '');
    if (why === undefined && !unseen) return [{ object, verdict }];
    const told = why ?? 'it does not look at a part that the schemas describe';
    left.set(told, (left.get(told) ?? 0) + 1);
    return [];
  });
  const share = report(
    what,
    kept.map(({ object }) => object),
    kept.map(({ verdict }) => verdict),
    show,
  );
  for (const [why, count] of left)
    console.log(`  not counted: ${count} that the API server sees differently since ${why}`);
  return share;
}

program.action((options) => main(options)).parseAsync();
