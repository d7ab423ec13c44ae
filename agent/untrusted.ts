import { Failure } from './failure';

const LONGEST = 1 << 20;
const LINE = /^[^\p{Cc}\p{Cs}\u2028\u2029]{0,1024}$/u;

/**
 * A value that somebody else wrote, read field by field. What is not as it has to be is a {@link Failure} that names
 * the object and the field: nothing of it has reached the machine then.
 */
export class Untrusted {
  /**
   * @param object what it is a part of, for people: `WorkloadGroup smm-demo/analytics-v0`
   * @param path the field: `spec.template`; empty for the whole
   */
  constructor(
    private readonly value: unknown,
    private readonly object: string,
    private readonly path = '',
    private readonly isUnshown = false,
  ) {}

  /** The same, which no message shows: a secret, or a long text. */
  get unshown(): Untrusted {
    return new Untrusted(this.value, this.object, this.path, true);
  }

  /** Whether nothing stands there. */
  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** A field; absent where there is none. @throws Failure `bad-object` where this is something else than a mapping */
  field(name: string): Untrusted {
    const mapping = this.mapping();
    return this.below(name, Object.hasOwn(mapping, name) ? mapping[name] : undefined);
  }

  /** The same. @throws Failure `bad-object` where it is no mapping, or absent */
  present(): Untrusted {
    return this.isAbsent ? this.refuse('must be a mapping') : this;
  }

  /** What stands there, read; undefined where nothing does. */
  optional<T>(read: (value: Untrusted) => T): T | undefined {
    return this.isAbsent ? undefined : read(this);
  }

  /** Every field of a mapping; none where it is absent. @throws Failure `bad-object` */
  fields(): readonly (readonly [string, Untrusted])[] {
    return Object.entries(this.mapping()).map(([name, value]) => [name, this.below(name, value)] as const);
  }

  /** The fields as they are; none where it is absent. @throws Failure `bad-object` where it is something else */
  mapping(): Readonly<Record<string, unknown>> {
    if (this.isAbsent) return {};
    const { value } = this;
    if (typeof value !== 'object' || Array.isArray(value)) return this.refuse('must be a mapping');
    return value as Record<string, unknown>;
  }

  /** Every item of a list; none where it is absent. @throws Failure `bad-object` */
  items(): readonly Untrusted[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) return this.refuse('must be a list');
    return this.value.map(
      (item: unknown, index) => new Untrusted(item, this.object, `${this.path}[${index}]`),
    );
  }

  /** @throws Failure `bad-object` where it is no text that `grammar` takes; `is` says which it does */
  text(grammar: RegExp, is: string): string {
    if (typeof this.value !== 'string' || !grammar.test(this.value)) return this.refuse(`must be ${is}`);
    return this.value;
  }

  /** A text without control characters and ends of lines. @throws Failure `bad-object` */
  line(): string {
    return this.text(LINE, 'a text on one line');
  }

  /** A text of any characters. @throws Failure `bad-object` where it is none, or longer than a megabyte */
  longText(): string {
    if (typeof this.value !== 'string') return this.refuse('must be a text');
    if (this.value.length > LONGEST) return this.refuse(`must be a text of at most ${LONGEST} characters`);
    return this.value;
  }

  /** @throws Failure `bad-object` where it is no whole number in that range */
  whole(smallest: number, largest: number): number {
    const { value } = this;
    if (typeof value === 'number' && Number.isInteger(value) && value >= smallest && value <= largest)
      return value;
    return this.refuse(`must be a whole number from ${smallest} to ${largest}`);
  }

  /** @throws Failure `bad-object` always; the message's verb first */
  refuse(message: string): never {
    const where = this.path === '' ? this.object : `${this.path.slice(0, MOST_SHOWN * 3)} of ${this.object}`;
    throw new Failure(
      'bad-object',
      `${where} ${message}${this.isUnshown ? '' : `, and is ${shown(this.value)}`}`,
      'correct it in the cluster; what it says has not been applied to this machine',
    );
  }

  /** What a step of reading gives; where it throws, the value is refused. @throws Failure `bad-object` */
  through<T>(message: string, step: () => T): T {
    try {
      return step();
    } catch {
      return this.refuse(message);
    }
  }

  private below(name: string, value: unknown): Untrusted {
    return new Untrusted(value, this.object, this.path === '' ? name : `${this.path}.${name}`);
  }
}

const MOST_SHOWN = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text =
    JSON.stringify(typeof value === 'string' ? value.slice(0, MOST_SHOWN + 1) : value) ?? typeof value;
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
