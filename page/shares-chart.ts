import { area, curveStepAfter, line } from 'd3-shape';
import type { Moment } from '../operate/topology/traffic';
import type { Phase } from '../plan/phase';
import { html, type VNode } from './html';

const WIDTH = 720;
const HEIGHT = 96;

/** The shares over the phases: the VM's above, the pods' below, with a line at the current phase. */
export function sharesChart(phases: readonly Phase[], current: number): VNode {
  const step = WIDTH / phases.length;
  const points = [...phases, phases.at(-1) as Phase].map(({ share }, index) => ({
    x: index * step,
    y: (HEIGHT * share.vm) / 100,
  }));
  const pods = area<(typeof points)[number]>()
    .x(({ x }) => x)
    .y0(HEIGHT)
    .y1(({ y }) => y)
    .curve(curveStepAfter)
    .digits(0);
  const now = phases[current] as Phase;
  return html`<svg
    class="shares"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="Shares over the phases. Now, in ${now.name}: VM ${now.share.vm} %, pods ${now.share.kubernetes} %."
  >
    <rect class="vm" width=${WIDTH} height=${HEIGHT} />
    <path class="kubernetes" d=${pods(points)} />
    <rect class="now" x=${Math.round(current * step)} width=${Math.round(step)} height=${HEIGHT} />
  </svg>`;
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
