import {
  CORE_SCHEMA,
  EVENT_ID,
  type Event,
  getScalarValue,
  load,
  parseEvents,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import type { Path } from '../problem';

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with the text itself. */
export interface YamlProblem extends Partial<Position> {
  readonly message: string;
}

/** What a text holds; with problems the value may be missing. */
export interface YamlText {
  readonly value?: unknown;
  /** Whether there is nothing but comments and white space. */
  readonly empty?: boolean;
  readonly problems: readonly YamlProblem[];
}

// Aliases can multiply: with n of them a value can be met e^(n/e) times, 1,600 for 20.
const LIMITS = { maxAliases: 20, maxDepth: 32 };

/**
 * Reads one YAML 1.2 document. Positions are not kept, since they are wanted only where something is wrong:
 * `locator` finds them in the same text by the same parser.
 */
export function parseYaml(text: string): YamlText {
  try {
    return { value: load(text, { schema: CORE_SCHEMA, ...LIMITS }), problems: [] };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason.includes('input is empty')) return { empty: true, problems: [] };
    if (error.reason === 'duplicated mapping key') return parseDuplicates(text);
    return { problems: [describe(error, text)] };
  }
}

/** A repeated key hides nothing else: the last of them is taken, as JSON does, and each is told. */
function parseDuplicates(text: string): YamlText {
  const problems: YamlProblem[] = [];
  const positionOf = positions(text);
  try {
    buildTree(text, (key, at, first) => {
      const message = `${JSON.stringify(key)} is declared twice in this mapping, first in line ${positionOf(first).line}: keep one`;
      problems.push({ message, ...positionOf(at) });
    });
    return { value: load(text, { schema: CORE_SCHEMA, json: true, ...LIMITS }), problems };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { problems: [...problems, describe(error, text)] };
  }
}

function describe({ reason, mark }: YAMLException, text: string): YamlProblem {
  const position = mark ? { line: mark.line + 1, column: mark.column + 1 } : {};
  if (reason.includes('maxAliases')) {
    return {
      message: `holds more than ${LIMITS.maxAliases} aliases ("*name"): write the values out`,
      ...position,
    };
  }
  if (reason.includes('maxDepth')) {
    return { message: `is nested more than ${LIMITS.maxDepth} levels deep`, ...position };
  }
  if (reason.includes('complex keys')) {
    return { message: 'holds a key that is a list or a mapping: a key must be text', ...position };
  }
  if (reason.includes('single document')) {
    return {
      message: 'holds several documents: put each into a file of its own, without "---" between',
      ...positions(text)(secondDocument(text)),
    };
  }
  return {
    message: `not valid YAML (${reason}): look at the indentation, quotes and brackets up to here`,
    ...position,
  };
}

function secondDocument(text: string): number {
  const events = parseEvents(text, { maxDepth: LIMITS.maxDepth });
  const second = events.findLastIndex((event) => event.type === EVENT_ID.DOCUMENT);
  const content = events[second + 1];
  const from = content ? startOf(content) : text.length;
  return Math.max(text.lastIndexOf('\n---', from) + 1, 0);
}

interface Branch {
  /** Offset of the key in a mapping, or of the item in a list. */
  readonly start: number;
  readonly children: Map<string | number, Branch>;
}

/** Finds where a path's value is declared: its key, or its item; where it is missing, what it is missing from. */
export function locator(text: string): (path: Path) => Position {
  const root = buildTree(text);
  const positionOf = positions(text);
  return (path) => {
    let branch = root;
    for (const step of path) {
      const next = branch.children.get(step);
      if (!next) break;
      branch = next;
    }
    return positionOf(branch.start);
  };
}

/** Offsets of every key and item. Calls back for each key that its mapping holds already. */
function buildTree(text: string, onDuplicate?: (key: string, at: number, first: number) => void): Branch {
  const events = parseEvents(text, { maxDepth: LIMITS.maxDepth });
  let next = 1; // the first event opens the document
  const read = (start: number): Branch => {
    const children = new Map<string | number, Branch>();
    const event = events[next++];
    if (event?.type === EVENT_ID.SEQUENCE) {
      for (let index = 0; !closes(events[next]); index++) {
        const item = events[next];
        children.set(index, read(item ? startOf(item) : start));
      }
      next++;
    } else if (event?.type === EVENT_ID.MAPPING) {
      while (!closes(events[next])) {
        const key = events[next];
        const at = key ? startOf(key) : start;
        const name = key?.type === EVENT_ID.SCALAR ? getScalarValue(text, key as ScalarEvent) : '';
        read(at);
        const earlier = children.get(name);
        if (earlier) onDuplicate?.(name, at, earlier.start);
        children.set(name, read(at));
      }
      next++;
    }
    return { start, children };
  };
  const first = events[1];
  return read(first && !closes(first) ? startOf(first) : 0);
}

function closes(event: Event | undefined): boolean {
  return event === undefined || event.type === EVENT_ID.POP;
}

function startOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return Math.max(event.valueStart, 0);
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  return 'start' in event ? event.start : 0;
}

/** Turns offsets into positions; the lines are looked for once. */
function positions(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
