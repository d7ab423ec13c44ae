import * as z from 'zod';
import { withMergedState } from '../../operate/promote/merged-state';
import { Refusal } from '../../operate/promote/refusal';
import { isFromOutside } from '../errors';
import { chooseNamed } from '../move/choose';
import { moveAll } from '../move/move-all';
import type { MoveOptions } from '../move/options';

/** What a button asks for. */
export const moveOrder = z.strictObject({
  id: z.string().max(512),
  kind: z.enum(['next', 'back', 'abort']),
  /** Phase that the page showed: where the plan leads elsewhere by now, nothing is done. */
  to: z.string().max(128),
  dryRun: z.boolean(),
});

/** What the page shows of it. */
export interface MoveAnswer {
  readonly title: string;
  readonly summary: string;
  /** Text of the pull request. */
  readonly body: string;
  /** Whether it can be proposed. */
  readonly possible: boolean;
  /** Address of the pull request, where one was opened. */
  readonly url?: string;
}

/** Makes moves, one after the other, by the code of `meshferry next`, `back` and `abort`. */
export class Moves {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly options: Pick<MoveOptions, 'context' | 'cluster' | 'prometheus' | 'forge' | 'remote' | 'base'>,
  ) {}

  /** @throws Error for a fault of the program; refusals and failures of others are answers */
  make(order: z.output<typeof moveOrder>): Promise<MoveAnswer> {
    const made = this.#last.then(() => this.#make(order));
    this.#last = made.catch(() => {});
    return made;
  }

  async #make({ id, kind, to, dryRun }: z.output<typeof moveOrder>): Promise<MoveAnswer> {
    const { remote, base } = this.options;
    const project = { ...(remote && { remote }), ...(base && { branch: base }) };
    try {
      const { results, hint } = await withMergedState(project, async (state) => {
        const chosen = chooseNamed(state, [id], { kind });
        const preview = await moveAll(state, chosen, { ...this.options, dryRun: true });
        const isAsShown = preview.results[0]?.proposal?.to === to;
        if (dryRun || !isAsShown) return preview;
        return moveAll(state, chosen, this.options);
      });
      const [result] = results;
      const { proposal } = result ?? {};
      if (!proposal) return notPossible(result?.refused ?? result?.failed);
      if (proposal.to !== to)
        return notPossible(
          new Refusal('stale', `${id} would go to ${proposal.to} by now`, 'look at it again'),
        );
      const { title, body, branch, url, push } = proposal;
      if (dryRun) return { title, summary: `It would be proposed on ${branch}.`, body, possible: true };
      const done = url ? `It is open: ${url}` : `It is committed on ${branch}. Push it: ${push}`;
      return {
        title,
        summary: [done, hint].filter(Boolean).join('. '),
        body: '',
        possible: false,
        ...(url && { url }),
      };
    } catch (error) {
      if (error instanceof Refusal || isFromOutside(error)) return notPossible(error);
      throw error;
    }
  }
}

function notPossible(error: Error | undefined): MoveAnswer {
  const summary = (error?.message ?? 'there is no such migration').replace(/^✖ /, '');
  return { title: 'Not now', summary, body: '', possible: false };
}
