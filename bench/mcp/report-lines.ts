/** A row of a table: a name, and figures under their headings. */
export function line(name: string, ...cells: string[]): string {
  return name.padEnd(20) + cells.map((cell) => cell.padStart(10)).join('');
}

export function fixed(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}

/** Whether a target is met, and the measured value. */
export function verdict(
  target: string,
  value: number | null,
  digits: number,
  isMet: (value: number) => boolean,
): string {
  if (value === null) return `not measured: ${target}`;
  return `${isMet(value) ? 'met' : 'MISSED'}: ${target}: ${value.toFixed(digits)}`;
}
