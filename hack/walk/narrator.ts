import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { colour } from '../../operate/report/colour';

/** Tells a story in chapters: what happens, each command before it runs, and what to look at. */
export class Narrator {
  private chapters = 0;

  /**
   * @param cwd folder that commands run in
   * @param env variables of the commands
   * @param waits what to do at the end of a chapter, e.g. wait for a person
   */
  constructor(
    private readonly cwd: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly waits: () => Promise<void> = async () => {},
  ) {}

  /** Begins a chapter. */
  async chapter(title: string, text: string): Promise<void> {
    if (this.chapters++ > 0) await this.waits();
    process.stdout.write(`\n${colour.bold(`${this.chapters}. ${title}`)}\n\n${text}\n\n`);
  }

  /**
   * Prints a command and runs it in bash, its output passed on as it comes.
   *
   * @returns what it printed on standard output
   * @throws Error where it does not end with 0
   */
  async sh(command: string): Promise<string> {
    process.stdout.write(`${colour.cyan(prompt(command))}\n`);
    const child = spawn('bash', ['-o', 'pipefail', '-ec', command], {
      cwd: this.cwd,
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      process.stdout.write(indent(text));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => process.stdout.write(indent(text)));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`the command ended with ${code}: ${command.split('\n')[0]}`);
    return printed.trim();
  }

  /** Says what to look at in what was printed. */
  look(text: string): void {
    process.stdout.write(`${colour.dim('Look:')} ${text}\n`);
  }

  /** Prints lines as they are. */
  show(text: string): void {
    process.stdout.write(`${indent(text)}\n`);
  }
}

/** Waits for Enter. */
export async function untilEnter(): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    await lines.question(colour.dim('\nEnter for the next step '));
  } finally {
    lines.close();
  }
}

function prompt(command: string): string {
  return command
    .split('\n')
    .map((line, index) => `${index === 0 ? '$ ' : '> '}${line}`)
    .join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
