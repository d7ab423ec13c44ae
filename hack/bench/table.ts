/** Prints a table: a title, a row of headings, and rows whose first column is text and whose others are figures. */
export function print(title: string, headings: readonly string[], rows: readonly (readonly string[])[]) {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  console.log(`\n${title}`);
  for (const row of all) {
    console.log(row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '));
  }
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
