/** A row of a table: a name, and figures under their headings. */
export function line(name: string, ...cells: string[]): string {
  return name.padEnd(20) + cells.map((cell) => cell.padStart(10)).join('');
}

export function fixed(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}

export function difference(one: number | null | undefined, other: number | null | undefined): number | null {
  return one == null || other == null ? null : one - other;
}

/** Whether a target is met, and the value that says so. */
export function verdict(
  target: string,
  value: number | null,
  digits: number,
  isMet: (value: number) => boolean,
): string {
  if (value === null) return `not measured: ${target}`;
  return `${isMet(value) ? 'met' : 'MISSED'}: ${target}: ${value.toFixed(digits)}`;
}
