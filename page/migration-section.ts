import { age } from '../operate/gate/since';
import type { GateCheck } from '../operate/gate/verdict';
import type { PhaseChanges } from '../operate/report/phase-changes';
import type { Phase } from '../plan/phase';
import { html, type VNode } from './html';
import type { MigrationModel } from './model';
import { historyChart, sharesChart } from './shares-chart';
import { topologyPicture } from './topology-picture';

/** All about one migration. */
export function migrationSection(migration: MigrationModel, anchor: string, withMoves = false): VNode {
  const { state, host, phases, index, next, topology, history, proposals, manifests } = migration;
  const phase = phases[index] as Phase;
  return html`<section id=${anchor} data-text=${state.id}>
    <h2>${state.id} <small>${host}</small></h2>
    ${
      state.attention.length > 0 &&
      html`<ul class="attention">${state.attention.map((reason) => html`<li>${reason}</li>`)}</ul>`
    }
    <p>${phase.summary}</p>
    ${track(phases, index, proposals)}
    ${withMoves && actions(migration)}
    <figure>
      ${sharesChart(phases, index)}
      <figcaption>Shares over the phases: the VM hatched, the pods plain; framed: now</figcaption>
    </figure>
    <div class="scroll" tabindex="0" role="group" aria-label="Topology of ${state.id}">${topologyPicture(topology)}</div>
    ${measured(migration)}
    ${past(history, phase.share.kubernetes)}
    ${machines(migration)}
    ${gate(state.verdict.checks, state.verdict.outcome, `${state.id} gate`)}
    ${next && nextChange(phases[index + 1] as Phase, next, `${state.id} next`)}
    ${
      proposals.length > 0 &&
      html`<p>Open: ${proposals.map(
        ({ phase: to, branch, url }) => html`<span class="chip">${link(`${to} (${branch})`, url)}</span> `,
      )}</p>`
    }
    ${manifests && html`<p>${link('Rendered manifests', manifests)}</p>`}
  </section>`;
}

const MOVES = { next: 'Next', back: 'Back', abort: 'Abort' } as const;

/** Buttons that show a pull request before they open it. */
function actions({ state, moves }: MigrationModel): VNode {
  return html`<p class="actions">
    ${moves.map(
      ({ kind, to }) => html`<button
        type="button"
        class=${kind === 'next' ? 'main' : undefined}
        id="${kind} ${state.id}"
        data-move=${kind}
        data-id=${state.id}
        data-to=${to}
      >${MOVES[kind]}: ${to} …</button>`,
    )}
  </p>`;
}

/** This close to its end, a certificate or a token is overdue: both are renewed long before. */
const SOON_MS = 3 * 3_600_000;

function machines({ expiry }: MigrationModel): VNode | undefined {
  const parts = Object.entries(expiry).map(([name, left]) => {
    const words = left > 0 ? `ends in ${age(left)}` : 'has ended';
    return html`<span class=${left < SOON_MS ? 'halt' : undefined}>${left < SOON_MS && '✖ '}${name} ${words}</span>`;
  });
  if (parts.length === 0) return undefined;
  return html`<p class="meta">Machines: first ${parts.length > 1 ? [parts[0], ', first ', parts[1]] : parts}</p>`;
}

function past(history: MigrationModel['history'], declared: number): VNode | undefined {
  const chart = historyChart(history, declared);
  return (
    chart &&
    html`<figure>${chart}<figcaption>Share of the pods, measured over time; dashed: declared now</figcaption></figure>`
  );
}

function track(phases: readonly Phase[], current: number, proposals: MigrationModel['proposals']): VNode {
  return html`<ol class="track">
    ${phases.map(({ name }, index) => {
      const when = index < current ? 'past' : index === current ? 'now' : 'ahead';
      const isProposed = proposals.some(({ phase }) => phase === name);
      return html`<li class=${when} aria-current=${index === current ? 'step' : undefined}>
        ${name}${isProposed && html` <em>proposed</em>`}
      </li>`;
    })}
  </ol>`;
}

function measured({ state: { declared, measured: seen } }: MigrationModel): VNode {
  const row = (name: string, share: { readonly vm: number; readonly kubernetes: number }) =>
    html`<div class="bar"><span>${name}</span>${bar(share)}<span>VM ${share.vm} %, pods ${share.kubernetes} %</span></div>`;
  return html`<div class="bars">
    ${row('declared', declared)}
    ${seen ? row('measured', seen) : html`<div class="bar"><span>measured</span><span></span><span>not measured</span></div>`}
  </div>`;
}

/** A bar of both shares: the VM's part is hatched, so that it is not told by colour alone. */
export function bar({ vm, kubernetes }: { readonly vm: number; readonly kubernetes: number }): VNode {
  return html`<svg class="split" aria-hidden="true">
    <rect class="vm" width="${vm}%" height="100%" /><rect class="kubernetes" x="${vm}%" width="${kubernetes}%" height="100%" />
  </svg>`;
}

const SIGNS = { go: '✔', wait: '◷', halt: '✖' } as const;

function gate(checks: readonly GateCheck[], outcome: keyof typeof SIGNS, key: string): VNode {
  return html`<details class="gate" data-key=${key} open=${outcome !== 'go'}>
    <summary><span class=${outcome}>${SIGNS[outcome]} ${outcome.toUpperCase()}</span> gate</summary>
    <table>
      <thead><tr><th>check</th><th>value</th><th>bound</th></tr></thead>
      <tbody>
        ${checks.map(
          (check) => html`<tr>
            <th scope="row"><span class=${check.outcome}>${SIGNS[check.outcome]}</span> ${check.name}</th>
            <td>${check.value}</td>
            <td>${check.bound}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}

function nextChange({ name, summary }: Phase, { added, changed, removed }: PhaseChanges, key: string): VNode {
  const list = (sign: string, names: readonly string[]) =>
    names.map((each) => html`<li><code>${sign}</code> ${each}</li>`);
  return html`<details class="next" data-key=${key}>
    <summary>Next: <strong>${name}</strong></summary>
    <p>${summary}</p>
    <ul class="changes">${list('+', added)}${list('~', changed)}${list('-', removed)}</ul>
  </details>`;
}

/** A link where there is an address for it. */
export function link(text: string, url: string | undefined): VNode {
  return url === undefined ? html`<span>${text}</span>` : html`<a href=${url} rel="noreferrer">${text}</a>`;
}
