import type { Repository } from '../migration';
import { analytics, type Context, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { LOADS, type Walk, withWalk } from '../walk';

const NAME = 'every phase';
const ALIAS = 'analytics.corp.example';

/** Findings that are not right, by code, and why. */
const FALSE_POSITIVES: Readonly<Record<string, string>> = {
  IST0173: 'counts pods only, and the subset of the VM selects WorkloadEntries',
};

/** Every phase to `done` and back to `onboard`, under load on http, on tcp and by an old name. */
export const everyPhase: Scenario = {
  name: NAME,
  play: (context) => {
    const declared = { ...analytics(context.lab), aliases: [ALIAS] };
    return withWalk(context, NAME, declared, async (walk, repository) => {
      const vm = new Vm(context.lab, repository, 'vm-every-phase');
      await dryRun(context, repository, walk, NAME);
      await walk.apply('onboard');
      await vm.start();
      await vm.join();
      walk.vm = vm;
      await vm.serves();
      const address = await vm.address();
      walk.startLoads({ ...LOADS, alias: { url: `http://${address}:8080/`, host: ALIAS, rate: 40 } });
      const names = walk.phases.map(({ name }) => name);
      for (const name of names) {
        await walk.to(name);
        await analyze(context, name);
      }
      for (const name of names.slice(0, -1).reverse()) await walk.to(name);
      await walk.endLoads();
    });
  },
};

/** The API server takes every phase. */
export function dryRun(
  { lab, report }: Context,
  repository: Repository,
  { phases }: Walk,
  scenario: string,
): Promise<void> {
  return report.step(scenario, 'dry run on the server', `${phases.length} phases are taken`, async () => {
    for (const { name } of phases)
      await lab.kubectl('apply', '--dry-run=server', '-f', repository.preview(name));
    return `${phases.length} phases`;
  });
}

/** istioctl finds nothing in what the cluster holds now, but for what it cannot know. */
function analyze({ lab, report }: Context, phase: string): Promise<void> {
  return report.step(NAME, `istioctl analyze: ${phase}`, 'nothing but known false positives', async () => {
    const script = 'istioctl analyze -n smm-demo -o json 2>/dev/null || true';
    const found: { code: string; message: string }[] =
      JSON.parse((await lab.run('bash', ['-c', script])) || '[]') ?? [];
    const real = found.filter(({ code }) => !(code in FALSE_POSITIVES));
    expect(real.length === 0, real.map(({ code, message }) => `${code} ${message}`).join('\n'));
    return found.length === 0
      ? 'nothing'
      : `${found.length} × ${[...new Set(found.map(({ code }) => code))].join(', ')}`;
  });
}
