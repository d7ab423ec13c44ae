import { type Command, Option } from 'commander';
import type { LoadedMigration } from '../config';
import { type ClusterView, readCluster } from '../operate/gate/cluster';
import type { Sources } from '../operate/gate/judge';
import { Prometheus } from '../operate/gate/prometheus';
import type { Since } from '../operate/gate/since';

/** Options of the commands that look at a cluster and at Prometheus. */
export interface SourceOptions {
  readonly prometheus?: string;
  readonly context?: string;
  readonly cluster: boolean;
}

/** Adds them. A token for Prometheus comes from the environment, since everybody on the machine sees arguments. */
export function withSources(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--prometheus <url>',
        "Prometheus to ask; a token goes into $PROMETHEUS_TOKEN (default: the mesh's)",
      ),
    )
    .option('--context <name>', "context of kubectl (default: kubectl's own)")
    .option('--no-cluster', 'do not look at any cluster');
}

/** Opens what migrations are judged by. The cluster is read once. */
export class SourceReader {
  #view: Promise<ClusterView> | undefined;

  /** @param migrations all that will be looked at */
  constructor(
    readonly options: SourceOptions,
    readonly migrations: readonly LoadedMigration[],
  ) {}

  /** What one migration is judged by. */
  async sourcesOf(loaded: LoadedMigration, since: Since | undefined): Promise<Sources> {
    const prometheus = this.prometheus(loaded);
    return { cluster: await this.cluster(), ...(prometheus && { prometheus }), ...(since && { since }) };
  }

  /** The Prometheus of a migration's mesh; undefined where none is declared. */
  prometheus({ mesh }: LoadedMigration): Prometheus | undefined {
    const url = this.options.prometheus ?? mesh.prometheus;
    return url === undefined ? undefined : new Prometheus(url, process.env.PROMETHEUS_TOKEN);
  }

  /** The cluster that kubectl reaches. */
  cluster(): Promise<ClusterView> {
    if (!this.options.cluster) return Promise.resolve({ unseen: 'not looked at (--no-cluster)' });
    this.#view ??= readCluster(this.migrations, this.options.context);
    return this.#view;
  }
}
