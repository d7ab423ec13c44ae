/** A folder of the repository that is applied to the cluster by itself. */
export interface SyncedFolder {
  /** Name of the object that syncs it. */
  readonly name: string;
  /** The folder, from the top of the repository. */
  readonly path: string;
  /**
   * Place in the order in which controllers that know one go through them. Nothing depends on it: whichever object
   * arrives first, requests are answered.
   *
   * @default 0
   */
  readonly wave?: number;
}
