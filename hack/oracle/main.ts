import { Command } from 'commander';
import { SCHEMAS } from '../../imports/schemas';
import type { Manifest } from '../../manifests/manifest';
import { ensureParts } from '../lab/cache';
import { cacheDirectory } from '../lab/paths';
import { Progress } from '../lab/progress';
import { askIstio } from './istio';
import { invent, mutate } from './mutate';
import { oracleProgram } from './part';
import { Random } from './random';
import { crdTestObjects, recordedObjects } from './recorded';
import { report, WANTED } from './report';

const program = new Command('oracle')
  .description(
    "Holds what verify says of Istio's kinds against Istio itself: its own tests, and mutants of them.",
  )
  .option('--mutants <number>', 'objects to make up', '10000')
  .option('--seed <number>', 'seed of what is chosen at random', '1')
  .option('--show <number>', 'differences to print', '20');

async function main(options: { mutants: string; seed: string; show: string }): Promise<void> {
  const folders = await ensureParts(cacheDirectory(), [oracleProgram], new Progress());
  const ask = (objects: readonly Manifest[]) => askIstio(folders(oracleProgram), objects);
  const show = Number(options.show);
  const crdTests = await crdTestObjects();
  const ofCrds = report("objects of Istio's own tests of its CRDs", crdTests, await ask(crdTests), show);
  const recorded = await recordedObjects();
  const verdicts = await ask(recorded);
  const ofTests = report("objects of Istio's own validation tests", recorded, verdicts, show);
  const valid = recorded.filter((_, index) => verdicts[index] === undefined);
  const mutants = makeUp(valid, Number(options.mutants), new Random(Number(options.seed)));
  const ofMutants = report(`mutants, seed ${options.seed}`, mutants, await ask(mutants), show);
  if (Math.min(ofCrds, ofTests, ofMutants) < WANTED) process.exitCode = 1;
}

/** Mutants of valid objects, and some objects of whole cloth. */
function makeUp(valid: readonly Manifest[], count: number, random: Random): Manifest[] {
  const kinds = SCHEMAS.kinds.filter(({ group }) => group.endsWith('istio.io'));
  return Array.from({ length: count }, () =>
    random.chance(0.85) ? mutate(random.pick(valid), random) : invent(random.pick(kinds), 'made-up', random),
  );
}

program.action((options) => main(options)).parseAsync();
