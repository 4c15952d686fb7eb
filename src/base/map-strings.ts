/** Deeper values are cut off: hostile JSON can nest deeper than a recursive walk can follow. */
const DEEPEST = 200;

/** A copy of plain data with `change` done to all its strings, names of fields included. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  // The copy has the shape of the original: strings stay strings, and so on.
  return mapped(value, change, 0) as T;
}

function mapped(value: unknown, change: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '[nested too deep]';
  if (Array.isArray(value)) return value.map((element) => mapped(element, change, depth + 1));
  const fields = Object.entries(value).map(([name, field]) => [change(name), mapped(field, change, depth + 1)]);
  return Object.fromEntries(fields);
}
