import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { declared, TestRepository } from '../operate/promote/testing';
import { repaint } from './watch';

const ESCAPE = '\x1b';

/** As much of a terminal as repainting needs: rows of text, a cursor, and an edge that lines go over or end at. */
class Terminal {
  rows: string[] = [''];
  row = 0;
  wraps = true;

  constructor(private readonly columns = 80) {}

  write(text: string): void {
    const tokens = new RegExp(
      `${ESCAPE}\\[(\\d+)A|${ESCAPE}\\[\\??[0-9;]*[A-Za-z]|\\r|\\n|[^${ESCAPE}\\r\\n]+`,
      'g',
    );
    for (const [token, up] of text.matchAll(tokens)) {
      if (up) this.row = Math.max(0, this.row - Number(up));
      else if (token === '\n') this.row++;
      else if (token === `${ESCAPE}[J`) this.rows.length = this.row;
      else if (token === `${ESCAPE}[?7l`) this.wraps = false;
      else if (token === `${ESCAPE}[?7h`) this.wraps = true;
      else if (token !== '\r' && !token.startsWith(ESCAPE)) this.print(token);
    }
  }

  private print(text: string): void {
    this.rows[this.row] = text.slice(0, this.columns);
    const rest = text.slice(this.columns);
    if (!rest || !this.wraps) return;
    this.row++;
    this.print(rest);
  }
}

test('a text that grows, shrinks and changes stays in its place', () => {
  const terminal = new Terminal();
  let height = 0;
  for (const lines of [['a', 'b'], ['a', 'c', 'd'], ['e']]) {
    terminal.write(repaint(lines, height));
    height = lines.length;
    expect(terminal.rows.slice(0, terminal.row)).toEqual(lines);
    expect(terminal.rows.length).toBe(lines.length);
  }
});

/** Runs the program in a real terminal of 60 columns until it has painted so often, and then interrupts it. */
function inTerminal(args: string, paints: number): Promise<string> {
  const program = resolve(__dirname, '../bin/meshferry.js');
  const command = `stty cols 60 rows 12 -echo; exec ${process.execPath} ${program} ${args}`;
  const terminal = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  let interrupted = false;
  return new Promise((done, fail) => {
    terminal.on('error', fail);
    terminal.stdout.on('data', (data: Buffer) => {
      printed += data;
      if (interrupted || printed.split('migrations, ').length <= paints) return;
      interrupted = true;
      terminal.stdin.write('\x03');
    });
    terminal.on('close', () => done(printed));
  });
}

test('status -w in a narrow terminal paints over itself, never clears it, and leaves it as it was', async () => {
  const repository = new TestRepository({
    'shop.yaml': declared('shift-10'),
    'other.yaml': declared('pin').replace('namespace: demo', 'namespace: other'),
  });
  try {
    const printed = await inTerminal('status --no-cluster -w', 2);
    const screen = new Terminal(60);
    screen.write(printed);
    const text = screen.rows.slice(0, 4);
    expect(text[0]).toMatch(/^ {3}migration +phase/);
    expect(text[1]).toMatch(/^· {2}other +pin/);
    expect(text[2]).toMatch(/^· {2}shop +shift-10/);
    expect(text[3]).toBe('2 migrations, 0 need a person');
    expect(screen.rows.slice(4)).toEqual([]);
    expect(printed).not.toContain(`${ESCAPE}[2J`);
    expect(printed).not.toContain(`${ESCAPE}[H`);
    expect(screen.wraps).toBe(true);
    expect(printed.trimEnd().endsWith(`${ESCAPE}[?7h${ESCAPE}[?25h`)).toBe(true);
  } finally {
    repository.remove();
  }
});
