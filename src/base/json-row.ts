/** Names that the rule of `snakeCase` would spell otherwise. */
const IRREGULAR = { cacheWrite5m: 'cache_write_5m', cacheWrite1h: 'cache_write_1h' } as const;
type Irregular = typeof IRREGULAR;

type SnakeCase<Name> = Name extends keyof Irregular ? Irregular[Name] : Name extends string ? Separated<Name> : never;

type Separated<Name extends string> = Name extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${Separated<Rest>}`
  : '';

/** One of our values as every interface prints it: names in snake case, times as ISO 8601 in UTC with milliseconds. */
export type JsonRow<Value> = Value extends Date
  ? string
  : Value extends readonly unknown[]
    ? { [Index in keyof Value]: JsonRow<Value[Index]> }
    : Value extends object
      ? { [Key in keyof Value as SnakeCase<Key>]: JsonRow<Value[Key]> }
      : Value;

/**
 * Not for data of other programs (bodies, tool inputs) or objects whose keys are data: it would change their keys.
 *
 * @example toJsonRow({ costUsd: 0.1, lastUsed: new Date(0) }) // { cost_usd: 0.1, last_used: '1970-01-01T00:00:00.000Z' }
 */
export function toJsonRow<Value>(value: Value): JsonRow<Value>;
export function toJsonRow(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJsonRow);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [snakeCase(name), toJsonRow(each)]));
}

const names = new Map<string, string>(Object.entries(IRREGULAR));

function snakeCase(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  names.set(name, snake);
  return snake;
}
