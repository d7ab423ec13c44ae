import { createHash } from 'node:crypto';
import { render } from 'preact-render-to-string';
import { html, type VNode } from './html';
import { LIVE_SCRIPT } from './live';
import { link, migrationSection } from './migration-section';
import { isThrough, type MigrationModel, type PageModel } from './model';
import { inOrder, overview } from './overview';
import { SCRIPT, STYLE } from './style';

/** How the page is served; absent: it is a file, and there is no server. */
export interface Live {
  /** Whether moves can be proposed on it. */
  readonly moves: boolean;
}

/**
 * The page as one HTML file: no other file, and nothing is fetched; a served one speaks to its own server alone. Its
 * Content-Security-Policy lets only its own style and script in, by their digests.
 */
export function renderPage(model: PageModel, live?: Live): string {
  const script = live ? `${SCRIPT}${LIVE_SCRIPT}` : SCRIPT;
  const policy = contentPolicy(script, live !== undefined);
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content=${policy} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${model.title}: migrations</title>
      <style dangerouslySetInnerHTML=${{ __html: STYLE }} />
    </head>
    <body>
      <svg class="defs" aria-hidden="true">
        <pattern id="vm-hatch" width="6" height="6" patternUnits="userSpaceOnUse">
          <rect width="6" height="6" /><path d="M0 6L6 0" />
        </pattern>
      </svg>
      ${live && html`<p id="live-status" role="status">live</p>`}
      <div id="page">${content(model, live)}</div>
      ${live?.moves && moveDialog()}
      <script dangerouslySetInnerHTML=${{ __html: script }} />
    </body>
  </html>`;
  return `<!doctype html>\n${render(page)}\n`;
}

/** The served page's content alone, for when it changes. */
export function renderContent(model: PageModel, live: Live): string {
  return render(html`<div>${content(model, live)}</div>`).slice('<div>'.length, -'</div>'.length);
}

function content(model: PageModel, live: Live | undefined): VNode[] {
  const anchors = new Map(model.migrations.map(({ state }, index) => [state.id, `m${index}`]));
  const anchorOf = (id: string) => anchors.get(id) ?? '';
  return [
    html`<header>
      <h1>${model.title}</h1>
      <p class="meta">
        ${model.commit && html`${link(model.commit.id.slice(0, 10), model.commit.url)}, `}
        <time datetime=${model.made.toISOString()}>${model.made.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>
      </p>
      ${
        model.unasked.length > 0 &&
        html`<ul class="unasked">${model.unasked.map((reason) => html`<li>${reason}</li>`)}</ul>`
      }
    </header>`,
    html`<main>
        ${overview(model, anchorOf)}
        ${sectionsOf(model).map((migration) => migrationSection(migration, anchorOf(migration.state.id), live?.moves ?? false))}
      </main>`,
  ];
}

/** The policy of a page with this script: nothing from elsewhere, and a served one may ask its own server. */
export function contentPolicy(script: string, isServed: boolean): string {
  const connect = isServed ? "connect-src 'self'; " : '';
  return `default-src 'none'; style-src '${digest(STYLE)}'; script-src '${digest(script)}'; ${connect}base-uri 'none'; form-action 'none'`;
}

/** Shows a pull request before it is opened. */
function moveDialog(): VNode {
  return html`<dialog aria-labelledby="move-title">
    <h2 id="move-title" data-part="title">Move</h2>
    <p data-part="summary"></p>
    <pre data-part="body" tabindex="0" aria-label="Text of the pull request"></pre>
    <p class="actions">
      <button type="button" class="main" data-part="go">Open the pull request</button>
      <a data-part="link" hidden rel="noreferrer" href="#">The pull request</a>
      <button type="button" data-part="close">Cancel</button>
    </p>
  </dialog>`;
}

/** A fleet's page has no section for what is through; a page of one migration has it all the same. */
function sectionsOf({ migrations }: PageModel): MigrationModel[] {
  return inOrder(migrations).filter((one) => migrations.length === 1 || !isThrough(one));
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
