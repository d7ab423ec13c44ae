import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Paths } from '../paths';
import { type FileAccess, writeAtomically } from './atomic-file';
import { run } from './command';
import { isAsWanted, takeBack } from './file-access';
import { hostsEntry, withHostsEntry } from './hosts-file';
import { type Before, Journal, type Step } from './journal';
import { removePackage } from './package';

/** Reports a change before it is made, e.g. `write /etc/istio/config/mesh`. */
export type ReportChange = (change: string) => void;

/**
 * The only way in which the agent changes the machine. It compares first, so that nothing is done twice, and records
 * every change in the journal before it makes it. With `dryRun` it only reports the changes.
 */
export class Machine {
  /** Changes so far, as they were reported. */
  readonly changes: string[] = [];
  private readonly journal: Journal;

  constructor(
    readonly paths: Paths,
    private readonly options: { readonly dryRun: boolean; readonly report?: ReportChange },
  ) {
    this.journal = new Journal(paths);
  }

  get dryRun(): boolean {
    return this.options.dryRun;
  }

  /** Whether the agent has ever changed this machine. */
  get isUntouched(): boolean {
    return this.journal.isEmpty;
  }

  /** Whether a command was killed before it ended. */
  get hasUnfinished(): boolean {
    return this.journal.unfinished.length > 0;
  }

  /** Starts a transaction: until `commit`, `undoUnfinished` undoes every step. */
  begin(): void {
    if (!this.dryRun) this.journal.begin();
  }

  commit(): void {
    if (!this.dryRun) this.journal.commit();
  }

  /** Writes a file unless its content and its access are as wanted. */
  writeFile(path: string, content: string, access: FileAccess): boolean {
    if (isAsWanted(path, content, access)) return false;
    return this.change(`write ${path}`, () => {
      this.makeFolder(dirname(path));
      this.journal.record({ do: 'path', path, before: this.journal.snapshot(path) });
      writeAtomically(path, content, access);
    });
  }

  /** Writes a secret: as {@link writeFile}, but what was there before is not kept. */
  writeSecret(path: string, content: string, access: FileAccess): boolean {
    if (isAsWanted(path, content, access)) return false;
    return this.change(`write ${path}`, () => {
      this.makeFolder(dirname(path));
      this.journal.record({ do: 'path', path, before: { kind: 'absent' } });
      writeAtomically(path, content, access);
    });
  }

  /** Makes the name resolve to the address, by a line in the hosts file. The other lines stay as they are. */
  writeHostsEntry(address: string, name: string): boolean {
    const text = readFileSync(this.paths.hosts, 'utf8');
    const wanted = withHostsEntry(text, address, name);
    if (text === wanted) return false;
    return this.change(`write ${this.paths.hosts}: ${address} ${name}`, () => {
      this.journal.record({ do: 'hosts', before: hostsEntry(text) ?? null });
      writeAtomically(this.paths.hosts, wanted, { mode: lstatSync(this.paths.hosts).mode & 0o7777 });
    });
  }

  /**
   * Keeps folders, and the files in them, from every other user. Istio's start script sources some as root, and its
   * package gives them to `istio-proxy`, who runs probes that a WorkloadGroup names.
   */
  keep(folders: readonly string[]): void {
    if (this.dryRun) return;
    for (const folder of folders.filter((each) => existsSync(each))) {
      takeBack(folder);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isFile()) takeBack(join(folder, entry.name));
      }
    }
  }

  /** Makes a folder that is missing. */
  makeFolder(path: string): void {
    if (this.dryRun || existsSync(path)) return;
    this.makeFolder(dirname(path));
    this.journal.record({ do: 'path', path, before: { kind: 'absent' } });
    mkdirSync(path, { mode: 0o755 });
  }

  /** Changes the owner of each path that exists, and of everything below it. */
  async giveTo(user: string, paths: readonly string[]): Promise<void> {
    if (!this.dryRun) await run('chown', ['-R', user, ...paths.filter((path) => existsSync(path))]);
  }

  /** Starts, stops, restarts or enables a unit of systemd, after its state is in the journal. */
  async unit(verb: 'start' | 'stop' | 'restart' | 'enable', unit: string): Promise<boolean> {
    return this.changeAsync(`${verb} ${unit}`, async () => {
      this.journal.record({ do: 'unit', unit, enabled: await isEnabled(unit), active: await isActive(unit) });
      if (verb === 'enable') await run('systemctl', ['daemon-reload']);
      await run('systemctl', [verb, ...(verb === 'enable' ? ['--quiet'] : []), unit]);
    });
  }

  /** Installs a package by the given function, after the journal says how to remove it. */
  async install(
    what: string,
    step: Step & { do: 'package' },
    install: () => Promise<void>,
  ): Promise<boolean> {
    return this.changeAsync(`install ${what}`, async () => {
      this.journal.record(step);
      await install();
    });
  }

  /** Undoes the steps since `begin`, the last one first; also those of a command that was killed. */
  async undoUnfinished(): Promise<void> {
    const steps = this.journal.unfinished;
    for (const step of [...steps].reverse()) await this.undo(step);
    const firstOnes = new Set(this.journal.first.filter((first) => steps.some((step) => same(step, first))));
    this.journal.forgetUnfinished(firstOnes);
  }

  /** Undoes everything that the agent ever did. */
  async undoAll(): Promise<void> {
    for (const step of [...this.journal.first].reverse()) {
      this.options.report?.(undoing(step));
      if (!this.dryRun) await this.undo(step);
    }
    if (!this.dryRun) this.journal.destroy();
  }

  private change(what: string, apply: () => void): boolean {
    this.options.report?.(what);
    this.changes.push(what);
    if (!this.dryRun) apply();
    return true;
  }

  private async changeAsync(what: string, apply: () => Promise<void>): Promise<boolean> {
    this.options.report?.(what);
    this.changes.push(what);
    if (!this.dryRun) await apply();
    return true;
  }

  private async undo(step: Step): Promise<void> {
    if (step.do === 'path') this.restore(step.path, step.before);
    else if (step.do === 'hosts') {
      const text = readFileSync(this.paths.hosts, 'utf8');
      const name = /(\S+) # meshferry-agent$/m.exec(text)?.[1] ?? '';
      writeAtomically(this.paths.hosts, withHostsEntry(text, step.before ?? undefined, name), {
        mode: lstatSync(this.paths.hosts).mode & 0o7777,
      });
    } else if (step.do === 'unit') {
      if (step.active !== (await isActive(step.unit))) {
        await run('systemctl', [step.active ? 'start' : 'stop', step.unit]);
      }
      if (!step.enabled && (await isEnabled(step.unit)))
        await run('systemctl', ['disable', '--quiet', step.unit]);
    } else {
      await removePackage(step);
    }
  }

  private restore(path: string, before: Before): void {
    if (before.kind === 'folder') return;
    const now = lstatSync(path, { throwIfNoEntry: false });
    if (now?.isDirectory() && !now.isSymbolicLink()) {
      // A folder that the agent created is only removed while it is empty.
      try {
        rmdirSync(path);
      } catch {}
      return;
    }
    if (before.kind === 'absent') {
      rmSync(path, { force: true });
      return;
    }
    if (!existsSync(dirname(path))) return;
    if (before.kind === 'link') {
      rmSync(path, { force: true });
      symlinkSync(before.target, path);
      return;
    }
    writeAtomically(path, this.journal.backupOf(before), { mode: before.mode, owner: before });
  }
}

/** Whether a unit of systemd is active. */
export async function isActive(unit: string): Promise<boolean> {
  return (await run('systemctl', ['is-active', '--quiet', unit])).code === 0;
}

/** Whether systemd starts a unit at boot. */
export async function isEnabled(unit: string): Promise<boolean> {
  return (await run('systemctl', ['is-enabled', '--quiet', unit])).code === 0;
}

function same(a: Step, b: Step): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function undoing(step: Step): string {
  if (step.do === 'path') return `${step.before.kind === 'absent' ? 'remove' : 'restore'} ${step.path}`;
  if (step.do === 'hosts') return 'remove the line of istiod from the hosts file';
  if (step.do === 'unit') return `${step.active ? 'start' : 'stop'} ${step.unit}`;
  return `remove package ${step.name}`;
}
