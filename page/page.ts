import { createHash } from 'node:crypto';
import { render } from 'preact-render-to-string';
import { html } from './html';
import { link, migrationSection } from './migration-section';
import { isThrough, type MigrationModel, type PageModel } from './model';
import { inOrder, overview } from './overview';
import { SCRIPT, STYLE } from './style';

/**
 * The page as one HTML file: no server, no other file, and nothing is fetched. Its Content-Security-Policy lets only its
 * own style and script in, by their digests.
 */
export function renderPage(model: PageModel): string {
  const anchors = new Map(model.migrations.map(({ state }, index) => [state.id, `m${index}`]));
  const anchorOf = (id: string) => anchors.get(id) ?? '';
  const policy = `default-src 'none'; style-src '${digest(STYLE)}'; script-src '${digest(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
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
      <h1>${model.title}</h1>
      <p class="meta">
        ${model.commit && html`${link(model.commit.id.slice(0, 10), model.commit.url)}, `}
        <time datetime=${model.made.toISOString()}>${model.made.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>
      </p>
      ${
        model.unasked.length > 0 &&
        html`<ul class="unasked">${model.unasked.map((reason) => html`<li>${reason}</li>`)}</ul>`
      }
      <main>
        ${overview(model, anchorOf)}
        ${sectionsOf(model).map((migration) => migrationSection(migration, anchorOf(migration.state.id)))}
      </main>
      <script dangerouslySetInnerHTML=${{ __html: SCRIPT }} />
    </body>
  </html>`;
  return `<!doctype html>\n${render(page)}\n`;
}

/** A fleet's page has no section for what is through; a page of one migration has it all the same. */
function sectionsOf({ migrations }: PageModel): MigrationModel[] {
  return inOrder(migrations).filter((one) => migrations.length === 1 || !isThrough(one));
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
