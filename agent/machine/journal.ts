import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Paths } from '../paths';
import { writeAtomically } from './atomic-file';

/** A path as it was before it was changed. */
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

/** Something about to be done to the machine, with what is needed to undo it. */
export type Step =
  | { readonly do: 'path'; readonly path: string; readonly before: Before }
  | { readonly do: 'hosts'; readonly before: string | null }
  | { readonly do: 'unit'; readonly unit: string; readonly enabled: boolean; readonly active: boolean }
  | {
      readonly do: 'package';
      readonly type: 'deb' | 'rpm';
      readonly name: string;
      /** What the package's own scripts make and leave: the ones that were not there before. */
      readonly leaves: readonly string[];
      /** Whether the user `istio-proxy` was there before. */
      readonly userBefore: boolean;
    };

interface JournalData {
  /** First step on each thing: how the machine was before the agent, for `uninstall`. */
  readonly first: Step[];
  /** Steps of a command that has not ended yet; there only if it was killed. */
  open?: Step[];
}

/**
 * What was done to the machine, written down before it is done, so that it can be undone: the last command's steps
 * where it fails or was killed, all of them by `uninstall`.
 */
export class Journal {
  private data: JournalData = { first: [] };

  constructor(private readonly paths: Paths) {
    if (existsSync(paths.journal)) this.data = JSON.parse(readFileSync(paths.journal, 'utf8')) as JournalData;
  }

  /** Steps of a command that was killed, oldest first; empty where the last one ended. */
  get unfinished(): readonly Step[] {
    return this.data.open ?? [];
  }

  /** Whether anything was ever changed. */
  get isEmpty(): boolean {
    return this.data.first.length === 0;
  }

  /** The first step on each thing, oldest first. */
  get first(): readonly Step[] {
    return this.data.first;
  }

  begin(): void {
    this.data.open = [];
    this.save();
  }

  /** Writes a step down; after this it may be done. */
  record(step: Step): void {
    this.data.open?.push(step);
    if (!this.data.first.some((each) => subject(each) === subject(step))) this.data.first.push(step);
    this.save();
  }

  /** The command ended: what it did stays. */
  commit(): void {
    delete this.data.open;
    this.save();
  }

  /** The command's steps were undone: what only it had touched is as before the agent. */
  forgetUnfinished(firstOnes: ReadonlySet<Step>): void {
    delete this.data.open;
    this.data = { first: this.data.first.filter((step) => !firstOnes.has(step)) };
    this.save();
  }

  /** A path as it is now; a file's content is copied away. */
  snapshot(path: string): Before {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return { kind: 'absent' };
    if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) };
    if (stat.isDirectory()) return { kind: 'folder' };
    const backup = `${Date.now()}-${path.replaceAll('/', '_')}`;
    mkdirSync(this.paths.backups, { recursive: true, mode: 0o700 });
    writeAtomically(join(this.paths.backups, backup), readFileSync(path, 'utf8'), { mode: 0o600 });
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

/** What a step is about: two steps on one thing have one subject. */
export function subject(step: Step): string {
  if (step.do === 'path') return `path ${step.path}`;
  if (step.do === 'unit') return `unit ${step.unit}`;
  if (step.do === 'package') return `package ${step.name}`;
  return step.do;
}
