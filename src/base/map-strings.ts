/** Deeper values are replaced: hostile JSON can be deeper than a recursive walk can follow. */
const MAX_DEPTH = 200;

/** Whether plain data is nested deeper than a recursive walk can follow, such as that of `JSON.stringify`. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth > MAX_DEPTH || Object.values(value).some((inner) => isTooDeep(inner, depth + 1));
}

/** A copy of plain data in which `change` was applied to all strings, names of fields included. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  // The copy has the shape of the original: strings stay strings, and so on.
  return mapped(value, change, change, 0) as T;
}

/** Changes the texts of a value, but not the names of fields. */
export function mapValues<T>(value: T, change: (text: string) => string): T {
  return mapped(value, change, (name) => name, 0) as T;
}

function mapped(
  value: unknown,
  change: (text: string) => string,
  changeName: (name: string) => string,
  depth: number,
): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[nested too deep]';
  const inner = (each: unknown) => mapped(each, change, changeName, depth + 1);
  if (Array.isArray(value)) return value.map(inner);
  const fields = Object.entries(value).map(([name, field]) => [changeName(name), inner(field)]);
  return Object.fromEntries(fields);
}
