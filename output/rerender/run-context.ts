/**
 * What `meshferry synth` and the app that it runs tell each other. Each is compiled by itself, so that no variable of
 * one is seen by the other: a registered symbol is. Only `synth` sets it, so that renderings which are looked at once
 * and thrown away (`synth --check`, a pull request's) leave nothing in the user's cache.
 */
export interface RunContext {
  /**
   * Which program renders: another one as soon as any file that went into it has changed. Undefined where it is not
   * known, or may render more than its inputs say: then everything is rendered, and no index is left.
   */
  program?: string | undefined;
  /** Set by each rendering: what was rendered last. */
  rendered?: {
    /** The output folder, absolute. */
    readonly to: string;
    /** Number of files in it. */
    readonly files: number;
    /** Migrations that were in it and no longer are: `prod/analytics`. */
    readonly gone: readonly string[];
  };
}

/** The number changes with the form of {@link RunContext}: the app may hold another version of the library. */
const KEY = Symbol.for('meshferry.run.2');
const shared = globalThis as { [KEY]?: RunContext | undefined };

/** Shares a context with the renderings of a function, whoever compiled them. */
export function shareRunContext<T>(context: RunContext, run: () => T): T {
  const before = shared[KEY];
  shared[KEY] = context;
  try {
    return run();
  } finally {
    shared[KEY] = before;
  }
}

/** Undefined where nothing is shared. */
export function runContext(): RunContext | undefined {
  return shared[KEY];
}
