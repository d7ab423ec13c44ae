import { line } from 'd3-shape';
import type { Moment } from '../operate/topology/traffic';
import type { Phase } from '../plan/phase';
import { html, type VNode } from './html';

const WIDTH = 720;
const HEIGHT = 64;

/** The shares over the phases: the VM's above, the pods' below, with a frame around the current phase. */
export function sharesChart(phases: readonly Phase[], current: number): VNode {
  const step = 100 / phases.length;
  const percent = (value: number) => `${Number(value.toFixed(2))}%`;
  const now = phases[current] as Phase;
  return html`<svg
    class="shares"
    role="img"
    aria-label="Shares over the phases. Now, in ${now.name}: VM ${now.share.vm} %, pods ${now.share.kubernetes} %."
  >
    <rect class="vm" width="100%" height="100%" />
    ${runsOf(phases).map(
      ({ from, length, vm }) =>
        html`<rect class="kubernetes" x=${percent(from * step)} y=${percent(vm)} width=${percent(length * step)} height=${percent(100 - vm)} />`,
    )}
    <rect class="now" x=${percent(current * step)} width=${percent(step)} height="100%" />
  </svg>`;
}

/** Phases that follow each other with the same share, as one. */
function runsOf(phases: readonly Phase[]): { from: number; length: number; vm: number }[] {
  const runs: { from: number; length: number; vm: number }[] = [];
  for (const [index, { share }] of phases.entries()) {
    const last = runs.at(-1);
    if (last?.vm === share.vm) last.length++;
    else runs.push({ from: index, length: 1, vm: share.vm });
  }
  return runs.filter(({ vm }) => vm < 100);
}

/** The share of the pods as measured, over time, with the declared share as a dashed line. */
export function historyChart(history: readonly Moment[], declared: number): VNode | undefined {
  const [first, last] = [history[0], history.at(-1)];
  if (!first || !last || first.at === last.at) return undefined;
  const draw = line<Moment>()
    .x(({ at }) => (WIDTH * (at - first.at)) / (last.at - first.at))
    .y(({ kubernetes }) => HEIGHT - (HEIGHT * kubernetes) / 100)
    .digits(0);
  const at = HEIGHT - (HEIGHT * declared) / 100;
  return html`<svg
    class="history"
    viewBox="0 -2 ${WIDTH} ${HEIGHT + 4}"
    preserveAspectRatio="none"
    role="img"
    aria-label="Measured share of the pods, from ${Math.round(first.kubernetes)} % to ${Math.round(last.kubernetes)} %; git declares ${declared} %."
  >
    <path class="declared" d="M0 ${at}H${WIDTH}" />
    <path class="measured" d=${draw(history)} />
  </svg>`;
}
