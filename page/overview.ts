import { html, type VNode } from './html';
import { bar } from './migration-section';
import { isThrough, type MigrationModel, needsPerson, type PageModel } from './model';

/** What needs a person first, then what moves, then what is through. */
export function inOrder(migrations: readonly MigrationModel[]): MigrationModel[] {
  const rank = (migration: MigrationModel) => (needsPerson(migration) ? 0 : isThrough(migration) ? 2 : 1);
  return [...migrations].sort((a, b) => rank(a) - rank(b) || a.state.id.localeCompare(b.state.id));
}

/** The table of all migrations. */
export function overview({ migrations }: PageModel, anchorOf: (id: string) => string): VNode {
  const ordered = inOrder(migrations);
  const needing = ordered.filter(needsPerson).length;
  const through = ordered.filter(isThrough).length;
  return html`<header class="overview">
    <p>
      ${count(ordered.length, 'migration')}:${' '}
      <strong class=${needing > 0 ? 'halt' : 'go'}>${needing} need${needing === 1 ? 's' : ''} a person</strong>,${' '}
      ${ordered.length - needing - through} under way, ${through} through
    </p>
    ${
      ordered.length > 1 &&
      html`<label class="filter" hidden>Filter <input type="search" placeholder="name, phase, namespace" /></label>`
    }
    <table>
      <thead>
        <tr><th>migration</th><th>phase</th><th>VM / pods</th><th>gate</th></tr>
      </thead>
      <tbody>
        ${ordered.map((migration) => row(migration, anchorOf(migration.state.id)))}
      </tbody>
    </table>
  </header>`;
}

function row(migration: MigrationModel, anchor: string): VNode {
  const { state, index, phases, host } = migration;
  const outcome = needsPerson(migration) ? 'halt' : isThrough(migration) ? 'through' : state.verdict.outcome;
  return html`<tr class=${outcome} data-text="${state.id} ${state.phase} ${host}">
    <th scope="row">${outcome === 'through' ? state.id : html`<a href="#${anchor}">${state.id}</a>`}</th>
    <td>${state.phase} <small>${index + 1}/${phases.length}</small></td>
    <td>${bar(state.measured ?? state.declared)} <small>${state.declared.vm}/${state.declared.kubernetes}</small></td>
    <td>${needsPerson(migration) ? state.attention[0] : outcome === 'through' ? 'through' : outcome.toUpperCase()}</td>
  </tr>`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
