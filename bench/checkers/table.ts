/** Columns of text for a terminal: the first flush left, numbers flush right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
    );
    console.log(cells.join('  ').trimEnd());
  }
}

/** Milliseconds to three digits or so. */
export function shown(ms: number): string {
  return ms < 1 ? ms.toFixed(4) : ms < 100 ? ms.toFixed(2) : ms.toFixed(0);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(sum(numbers.map(Math.log)) / numbers.length);
}
