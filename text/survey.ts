/** What `meshferry-agent survey` sees of a machine, and `meshferry new --survey` reads. */
export interface Survey {
  /** Name of the machine. */
  readonly host: string;
  /** Its distribution as an image is called, e.g. `debian:12`; absent: not known. */
  readonly image?: string;
  /** How long connections and resources were watched. */
  readonly seconds: number;
  /** Units that listen, by name. */
  readonly services: readonly SurveyedService[];
  /** What listens and is no unit of somebody's own, in words. */
  readonly leftOut: readonly string[];
}

/** A unit of systemd that listens. */
export interface SurveyedService {
  /** Name of the unit without its ending, as a DNS label. */
  readonly name: string;
  readonly unit: string;
  /** Name or number of the user and the group that it runs as. */
  readonly user: string;
  readonly group: string;
  /** The program and its arguments as they run. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
  /** Packages that the program belongs to; none: it belongs to no package. */
  readonly packages: readonly string[];
  readonly ports: readonly SurveyedPort[];
  /** Variables that somebody set for it; values only where they were asked for. */
  readonly environment: readonly { readonly name: string; readonly value?: string }[];
  /** Files that it has open or is told of, and those that systemd reads its environment from. */
  readonly files: readonly string[];
  /** File systems beside the machine's own that it sees. */
  readonly mounts: readonly { readonly path: string; readonly type: string; readonly source: string }[];
  /** Where it connects to. */
  readonly peers: readonly string[];
  /** Addresses that connected to it. */
  readonly callers: readonly string[];
  /** Processors that it used on average. */
  readonly cpu: number;
  /** Most memory that it held, in MiB. */
  readonly memoryMiB: number;
}

export interface SurveyedPort {
  readonly number: number;
  /** Whether it listens on this machine's own address alone. */
  readonly loopback: boolean;
  /** Status that GET / was answered with; null: no HTTP; absent: nobody asked. */
  readonly http?: number | null;
}
