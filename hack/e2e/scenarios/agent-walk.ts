import { analytics, type Context } from '../scenario';
import { Vm } from '../vm';
import { type Walk, withWalk } from '../walk';
import { AgentMachine } from './agent-machine';

/** What a scenario of the agent plays with. */
export interface AgentWalk {
  readonly walk: Walk;
  readonly vm: Vm;
  readonly machine: AgentMachine;
  /** The repository's folder, for files of the scenario. */
  readonly folder: string;
  /** The machine as seen by whoever starts to look at it now, e.g. after its restart. */
  readonly lookAgain: () => Vm;
}

/**
 * Plays a scenario in the phase `onboard`, on a machine that has started and that the agent is not on yet.
 *
 * @param name the scenario; the machine is called after it
 */
export function withMachine(
  context: Context,
  name: string,
  story: (agent: AgentWalk) => Promise<void>,
): Promise<void> {
  const { lab } = context;
  return withWalk(context, name, analytics(lab), async (walk, repository) => {
    await walk.apply('onboard');
    const lookAgain = () => {
      walk.vm = new Vm(lab, repository, `vm-${name.replaceAll(' ', '-')}`);
      return walk.vm;
    };
    const vm = lookAgain();
    await vm.start();
    await story({ walk, vm, machine: new AgentMachine(lab, vm), folder: repository.folder, lookAgain });
  });
}

/** Plays a scenario on a machine that the agent has brought into the mesh. */
export function withJoinedMachine(
  context: Context,
  name: string,
  story: (agent: AgentWalk) => Promise<void>,
): Promise<void> {
  return withMachine(context, name, async (agent) => {
    await agent.machine.install();
    await agent.machine.agent('reconcile');
    await story(agent);
  });
}
