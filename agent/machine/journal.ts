import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Paths } from '../paths';
import { writeAtomically } from './atomic-file';

/** State of a path before the agent changed it. */
export type Before =
  | { readonly kind: 'absent' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string }
  | {
      readonly kind: 'file';
      /** Name of the copy in the backup folder. */
      readonly backup: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** A change that the agent is about to make, with what is needed to undo it. */
export type Step =
  | { readonly do: 'path'; readonly path: string; readonly before: Before }
  | { readonly do: 'hosts'; readonly before: string | null }
  | { readonly do: 'unit'; readonly unit: string; readonly enabled: boolean; readonly active: boolean }
  | {
      readonly do: 'package';
      readonly type: 'deb' | 'rpm';
      readonly name: string;
      /** Paths that the package's own scripts create and leave behind, if they did not exist before. */
      readonly leaves: readonly string[];
      /** Whether the user `istio-proxy` existed before. */
      readonly userBefore: boolean;
    };

interface JournalData {
  /** The first step on each subject: the machine's state before the agent, for `uninstall`. */
  readonly first: Step[];
  /** Steps of a command that has not ended yet; present afterwards only if the command was killed. */
  open?: Step[];
}

/**
 * Records each change to the machine before it is made, so that it can be undone: the steps of the last command if it
 * fails or was killed, and all steps by `uninstall`.
 */
export class Journal {
  private data: JournalData = { first: [] };

  constructor(private readonly paths: Paths) {
    if (existsSync(paths.journal)) this.data = JSON.parse(readFileSync(paths.journal, 'utf8')) as JournalData;
  }

  /** Steps of a command that was killed, oldest first; empty if the last command ended. */
  get unfinished(): readonly Step[] {
    return this.data.open ?? [];
  }

  /** Whether anything was ever changed. */
  get isEmpty(): boolean {
    return this.data.first.length === 0;
  }

  /** The first step on each subject, oldest first. */
  get first(): readonly Step[] {
    return this.data.first;
  }

  begin(): void {
    this.data.open = [];
    this.save();
  }

  /** Records a step; the caller makes the change afterwards. */
  record(step: Step): void {
    this.data.open?.push(step);
    if (!this.data.first.some((each) => subject(each) === subject(step))) this.data.first.push(step);
    this.save();
  }

  /** The command succeeded: its changes stay. */
  commit(): void {
    delete this.data.open;
    this.save();
  }

  /** The command's steps were undone. `firstOnes` of them were also the first on their subject, and are forgotten. */
  forgetUnfinished(firstOnes: ReadonlySet<Step>): void {
    delete this.data.open;
    this.data = { first: this.data.first.filter((step) => !firstOnes.has(step)) };
    this.save();
  }

  /** Current state of a path; the content of a file is copied to the backup folder. */
  snapshot(path: string): Before {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return { kind: 'absent' };
    if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) };
    if (stat.isDirectory()) return { kind: 'folder' };
    const backup = `${Date.now()}-${path.replaceAll('/', '_')}`;
    mkdirSync(this.paths.backups, { recursive: true, mode: 0o700 });
    const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      writeAtomically(join(this.paths.backups, backup), readFileSync(handle, 'utf8'), { mode: 0o600 });
    } finally {
      closeSync(handle);
    }
    return { kind: 'file', backup, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
  }

  backupOf(before: Before & { kind: 'file' }): string {
    return readFileSync(join(this.paths.backups, before.backup), 'utf8');
  }

  /** Forgets everything, after `uninstall`. */
  destroy(): void {
    rmSync(dirname(this.paths.journal), { recursive: true, force: true });
  }

  private save(): void {
    mkdirSync(dirname(this.paths.journal), { recursive: true, mode: 0o700 });
    writeAtomically(this.paths.journal, JSON.stringify(this.data, null, 1), { mode: 0o600 });
  }
}

/** What a step changes; two steps on the same thing have the same subject. */
export function subject(step: Step): string {
  if (step.do === 'path') return `path ${step.path}`;
  if (step.do === 'unit') return `unit ${step.unit}`;
  if (step.do === 'package') return `package ${step.name}`;
  return step.do;
}
