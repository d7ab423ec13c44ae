import { repaint } from './watch';

const ESCAPE = '\x1b';

/** As much of a terminal as repainting needs: rows of text and a cursor. */
class Terminal {
  rows: string[] = [''];
  row = 0;

  write(text: string): void {
    const tokens = new RegExp(`${ESCAPE}\\[(\\d+)A|${ESCAPE}\\[[KJ]|\\r|\\n|[^${ESCAPE}\\r\\n]+`, 'g');
    for (const [token, up] of text.matchAll(tokens)) {
      if (up) this.row -= Number(up);
      else if (token === '\n') this.row++;
      else if (token === `${ESCAPE}[J`) this.rows.length = this.row;
      else if (token !== `${ESCAPE}[K` && token !== '\r') this.rows[this.row] = token;
    }
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
