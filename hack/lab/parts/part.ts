/** Something the lab is made of that is built once and kept in the cache. */
export interface Part {
  /** Also the name of its folder in the cache and of its log. */
  readonly name: string;
  /** What the cache key is made from: whatever changes it changes the result. */
  inputs(): Promise<readonly string[]>;
  /** Parts whose results the build uses: built before, and part of the key. @default none */
  readonly needs?: readonly Part[];
  /** Whether it keeps all cores busy by itself: such parts are built one after the other. @default false */
  readonly heavy?: boolean;
  /** How long its build takes on two cores with nothing else on them: roughly, for the estimate. @default a few */
  readonly seconds?: number | undefined;
  /**
   * Builds into an empty folder.
   *
   * @param out the folder, renamed into place only if the build succeeds
   * @param context where the parts it needs are, and the log for what tools print
   */
  build(out: string, context: BuildContext): Promise<void>;
}

/** What a build is given. */
export interface BuildContext {
  /** The file tools write to. */
  readonly log: string;
  /** The folder of a part named in `needs`. */
  folder(part: Part): string;
}
