import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import type { Path } from './manifest';

/**
 * Offset of a node: of its key in a mapping, of itself in a list. Where the text has only the first parts of the path,
 * the deepest of them; undefined where it has none. Of two equal keys the last one counts.
 */
export function findNode(source: string, events: readonly Event[], path: Path): number | undefined {
  let at = 1;
  let found: number | undefined;
  for (const step of path) {
    const next = typeof step === 'number' ? findItem(events, at, step) : findKey(source, events, at, step);
    if (!next) return found;
    found = next.offset;
    at = next.value;
  }
  return found;
}

interface Found {
  /** Where it is written. */
  readonly offset: number;
  /** Index of the event that begins its value. */
  readonly value: number;
}

function findItem(events: readonly Event[], start: number, wanted: number): Found | undefined {
  if (events[start]?.type !== EVENT_ID.SEQUENCE) return undefined;
  let at = start + 1;
  for (let index = 0; events[at] && events[at]?.type !== EVENT_ID.POP; index++, at = after(events, at)) {
    const offset = offsetOf(events, at);
    if (index === wanted) return offset === undefined ? undefined : { offset, value: at };
  }
  return undefined;
}

function findKey(source: string, events: readonly Event[], start: number, wanted: string): Found | undefined {
  if (events[start]?.type !== EVENT_ID.MAPPING) return undefined;
  let found: Found | undefined;
  for (let at = start + 1; events[at] && events[at]?.type !== EVENT_ID.POP; ) {
    const key = events[at];
    const value = after(events, at);
    if (key?.type === EVENT_ID.SCALAR && getScalarValue(source, key) === wanted)
      found = { offset: Math.max(key.valueStart, 0), value };
    at = after(events, value);
  }
  return found;
}

/** Index of the event after a node. */
function after(events: readonly Event[], start: number): number {
  let depth = 0;
  for (let at = start; at < events.length; at++) {
    const type = events[at]?.type;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    if (type === EVENT_ID.POP) depth--;
    if (depth === 0) return at + 1;
  }
  return events.length;
}

/** Where a node starts, undefined for one that is left empty. */
function offsetOf(events: readonly Event[], at: number): number | undefined {
  const event = events[at];
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart < 0 ? undefined : event.valueStart;
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    default:
      return undefined;
  }
}
