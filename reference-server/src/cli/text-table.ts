/**
 * Rows in columns: the first two to the left, figures to the right.
 *
 * @param widths Least width of each column.
 */
export function textTable(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  return rows
    .map((row) => {
      const cells = row.map((cell, at) => {
        const width = widths[at] ?? 0;
        return at < 2 ? cell.padEnd(width) : cell.padStart(width);
      });
      return `${cells.join(' ').trimEnd()}\n`;
    })
    .join('');
}
