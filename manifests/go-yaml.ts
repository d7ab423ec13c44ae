import { type Event, parseEvents, YAMLException } from 'js-yaml';
import type { Path } from './manifest';
import { composeDocument, type YamlDocument } from './yaml-composer';
import { lineAt, YamlError } from './yaml-error';
import { findNode } from './yaml-locator';

/**
 * Reads the first document of a text as kubectl does: scalars by YAML 1.1 as go-yaml 2 knows it, keys as text, the last
 * of two equal keys, merge keys in the order in which they are written. What follows the first document is dropped, as
 * kubectl drops it: it splits a file at lines of `---` before it reads.
 *
 * @throws YamlError where kubectl refuses the text
 */
export function readYaml(text: string): YamlDocument {
  const { source, events } = parse(text);
  return events.length === 0 ? { value: undefined, repeated: [] } : composeDocument(source, events);
}

/** Line of a field, from 1; of the deepest part of its path that the text has, undefined where it has none. */
export function lineOfPath(text: string, path: Path): number | undefined {
  try {
    const { source, events } = parse(text);
    const offset = findNode(source, events, path);
    return offset === undefined ? undefined : lineAt(source, offset);
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}

/** Lines of one document that {@link parse} indents before it gives up. */
const MOST_INDENTED = 1_000;

/**
 * The events of a text. go-yaml lets brackets and quoted text continue at any column, YAML 1.2 and js-yaml only further
 * in than what they belong to. Spaces at the start of such a line mean nothing, so that some more of them help.
 */
function parse(text: string): { source: string; events: Event[] } {
  // What is in brackets from the first sign on, such as JSON, may be indented in any way, by tabs too.
  let source = /^\s*\{/.test(text) ? text.replace(/^[ \t]*/gm, ' ') : text;
  for (let indented = 0; ; indented++)
    try {
      return { source, events: parseEvents(source, { maxDepth: 1_000 }) };
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const position = error.mark?.position ?? 0;
      if (error.reason !== 'deficient indentation' || indented === MOST_INDENTED)
        throw new YamlError(error.reason, lineAt(source, position));
      const start = source.lastIndexOf('\n', position - 1) + 1;
      source = `${source.slice(0, start)}${' '.repeat(64)}${source.slice(start)}`;
    }
}
