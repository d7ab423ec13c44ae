import { COLLECTION_STYLE, EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { keyName, plainScalar, ScalarError, taggedScalar } from './go-scalar';
import type { Path } from './manifest';
import { lineAt, YamlError } from './yaml-error';

/** A key that a mapping holds twice: kubectl keeps the last one without a word. */
export interface RepeatedKey {
  readonly path: Path;
  /** Line of the later one, from 1. */
  readonly line: number;
}

/** What a text says. */
export interface YamlDocument {
  /** undefined where the text holds no document. */
  readonly value: unknown;
  readonly repeated: readonly RepeatedKey[];
}

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;
type CollectionEvent = Extract<Event, { anchorEnd: number; style: unknown; start: number }>;
type Scalar = string | number | boolean | null;

interface Anchor {
  readonly value: unknown;
  /** Values in it, those of aliases counted each time. */
  readonly size: number;
}

/**
 * Makes the value of the first document of a text from js-yaml's events.
 *
 * @throws YamlError where go-yaml would refuse it
 */
export function composeDocument(source: string, events: readonly Event[]): YamlDocument {
  const composer = new Composer(source, events);
  return { value: composer.document(), repeated: composer.repeated };
}

class Composer {
  readonly repeated: RepeatedKey[] = [];
  readonly #anchors = new Map<string, Anchor | 'open'>();
  readonly #path: (string | number)[] = [];
  #at = 1;
  #brackets = 0;
  #made = 0;
  #madeByAliases = 0;

  constructor(
    readonly source: string,
    readonly events: readonly Event[],
  ) {}

  document(): unknown {
    return this.#node();
  }

  #node(): unknown {
    const event = this.events[this.#at++] as Event;
    this.#made++;
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const value = jsonable(this.#scalar(event), () => this.#refuse('JSON has no such number', event));
        this.#anchor(event, value, 1);
        return value;
      }
      case EVENT_ID.ALIAS:
        return this.#alias(event);
      case EVENT_ID.SEQUENCE:
        return this.#collection(event, () => this.#sequence());
      case EVENT_ID.MAPPING:
        return this.#collection(event, () => this.#mapping());
      default:
        throw new Error(`unexpected event ${event.type}`);
    }
  }

  #collection(event: CollectionEvent, read: () => unknown): unknown {
    const before = this.#made;
    const name = this.#anchorName(event);
    if (name !== undefined) this.#anchors.set(name, 'open');
    if (event.style === COLLECTION_STYLE.FLOW) this.#brackets++;
    const value = read();
    if (event.style === COLLECTION_STYLE.FLOW) this.#brackets--;
    this.#at++;
    this.#anchor(event, value, this.#made - before + 1);
    return value;
  }

  #sequence(): unknown[] {
    const list: unknown[] = [];
    while (this.#more()) {
      this.#path.push(list.length);
      list.push(this.#item());
      this.#path.pop();
    }
    return list;
  }

  /** `[001:db8::]` holds a text for go-yaml: in brackets, a colon ends a key only before a space. */
  #item(): unknown {
    const [event, key, value] = [0, 1, 2].map((ahead) => this.events[this.#at + ahead]);
    if (event?.type !== EVENT_ID.MAPPING || key?.type !== EVENT_ID.SCALAR || value?.type !== EVENT_ID.SCALAR)
      return this.#node();
    const end = key.valueEnd;
    const glued =
      event.start === key.valueStart &&
      value.valueStart < 0 &&
      /^:[\],}]/.test(this.source.slice(end, end + 2));
    if (!glued || key.style !== SCALAR_STYLE.PLAIN) return this.#node();
    this.#at += 4;
    this.#made++;
    return `${getScalarValue(this.source, key)}:`;
  }

  #mapping(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const own = new Set<string>();
    while (this.#more()) {
      const event = this.events[this.#at] as Event;
      if (this.#isMerge(event)) {
        this.#at++;
        this.#merge(result, event);
        continue;
      }
      const key = this.#key(event);
      if (own.has(key)) this.repeated.push({ path: [...this.#path, key], line: this.#line(event) });
      own.add(key);
      this.#path.push(key);
      set(result, key, this.#node());
      this.#path.pop();
    }
    return result;
  }

  #key(event: Event): string {
    if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.ALIAS)
      throw this.#refuse('a key must be a text, not a mapping or a list', event);
    this.#made++;
    this.#at++;
    const value = event.type === EVENT_ID.SCALAR ? this.#scalar(event) : this.#alias(event);
    if (event.type === EVENT_ID.SCALAR) this.#anchor(event, value, 1);
    if (typeof value === 'object' && value !== null)
      throw this.#refuse('a key must be a text, not a mapping or a list', event);
    return this.#guard(event, () => keyName(value as Scalar));
  }

  #isMerge(event: Event): boolean {
    if (event.type !== EVENT_ID.SCALAR || event.valueEnd - event.valueStart !== 2) return false;
    if (getScalarValue(this.source, event) !== '<<') return false;
    const tag = this.#tag(event);
    return tag === '!!merge' || (tag === undefined && event.style === SCALAR_STYLE.PLAIN);
  }

  /** Later keys win over merged ones, and merged ones over keys before: go-yaml sets them in the order of the text. */
  #merge(result: Record<string, unknown>, at: Event): void {
    const list = this.events[this.#at]?.type === EVENT_ID.SEQUENCE;
    const merged = this.#node();
    const mappings = list ? (merged as unknown[]).toReversed() : [merged];
    for (const mapping of mappings) {
      if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping))
        throw this.#refuse('<< takes a mapping or a list of mappings', at);
      for (const [key, value] of Object.entries(mapping)) set(result, key, value);
    }
  }

  #scalar(event: ScalarEvent): Scalar {
    const text = getScalarValue(this.source, event);
    const tag = this.#tag(event);
    if (tag !== undefined) return this.#guard(event, () => taggedScalar(tag, text));
    if (event.style !== SCALAR_STYLE.PLAIN) return text;
    if (this.#brackets > 0 && text.startsWith(':'))
      throw this.#refuse('a text in brackets cannot begin with a colon: put it in quotes', event);
    return plainScalar(text);
  }

  /** An alias is what its anchor is, which is shared and not copied. */
  #alias(event: Extract<Event, { type: typeof EVENT_ID.ALIAS }>): unknown {
    const name = this.source.slice(event.anchorStart, event.anchorEnd);
    const anchor = this.#anchors.get(name);
    if (!anchor) throw this.#refuse(`there is no anchor ${name}`, event);
    if (anchor === 'open') throw this.#refuse(`the value of anchor ${name} contains itself`, event);
    this.#made += anchor.size;
    this.#madeByAliases += anchor.size;
    if (
      this.#madeByAliases > 100 &&
      this.#made > 1_000 &&
      this.#madeByAliases / this.#made > allowedByAliases(this.#made)
    )
      throw this.#refuse('its aliases would expand to too many values', event);
    return anchor.value;
  }

  #anchor(event: ScalarEvent | CollectionEvent, value: unknown, size: number): void {
    const name = this.#anchorName(event);
    if (name !== undefined) this.#anchors.set(name, { value, size });
  }

  #anchorName({ anchorStart, anchorEnd }: ScalarEvent | CollectionEvent): string | undefined {
    return anchorStart < 0 ? undefined : this.source.slice(anchorStart, anchorEnd);
  }

  /** `!!int` for a tag of YAML's own, however it is written. */
  #tag({ tagStart, tagEnd }: ScalarEvent): string | undefined {
    if (tagStart < 0) return undefined;
    const written = this.source.slice(tagStart, tagEnd);
    return written.replace(/^!<tag:yaml\.org,2002:(.*)>$/, '!!$1');
  }

  #more(): boolean {
    return this.events[this.#at]?.type !== EVENT_ID.POP;
  }

  #guard<T>(event: Event, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof ScalarError) throw this.#refuse(error.message, event);
      throw error;
    }
  }

  #refuse(reason: string, event: Event): YamlError {
    return new YamlError(reason, this.#line(event));
  }

  #line(event: Event): number {
    const places = event as { start?: number; valueStart?: number; anchorStart?: number };
    return lineAt(
      this.source,
      Math.max(places.start ?? -1, places.valueStart ?? -1, places.anchorStart ?? -1, 0),
    );
  }
}

/** Part of all values that may come from aliases, as go-yaml has it: 99 % in a small text, 10 % in a huge one. */
function allowedByAliases(made: number): number {
  const [low, high] = [400_000, 4_000_000];
  return 0.99 - 0.89 * Math.min(Math.max((made - low) / (high - low), 0), 1);
}

function jsonable(value: Scalar, refuse: () => YamlError): Scalar {
  if (typeof value === 'number' && !Number.isFinite(value)) throw refuse();
  return value;
}

/** A key may be called `__proto__`. */
function set(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
