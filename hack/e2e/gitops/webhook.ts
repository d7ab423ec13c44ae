import type { Project } from './project';

const POLL_MS = 200;

/** Tells a controller of each new commit, as a forge's webhook does, until the controller knows of it. */
export class Webhook {
  private timer: NodeJS.Timeout | undefined;
  private known = '';
  private stopped = false;

  /**
   * @param tell tells of a commit unless the controller knows of it already, and returns whether it did
   */
  constructor(
    private readonly project: Project,
    private readonly tell: (commit: string) => Promise<boolean>,
  ) {}

  start(): void {
    const look = async () => {
      try {
        const { merged } = this.project;
        if (merged !== this.known && (await this.tell(merged))) this.known = merged;
      } catch (error) {
        process.stderr.write(`webhook: ${(error as Error).message}\n`);
      }
      // Stopped while it looked, it must not look again.
      if (!this.stopped) this.timer = setTimeout(look, POLL_MS);
    };
    void look();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
