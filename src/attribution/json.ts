/** A JSON object: what `JSON.parse` makes of `{…}`. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function stringOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}

/** One step down a JSON pointer (RFC 6901). */
export function pointer(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The value a JSON pointer names; undefined when there is none. */
export function atPointer(body: unknown, path: string): unknown {
  let value = body;
  for (const token of path.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/**
 * The text a segment's offsets count in: the string itself, else the value's JSON. A block's `cache_control` is left out:
 * the model does not read it, and as it moves along from request to request it would make the same block look changed.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value) || !Object.hasOwn(value, 'cache_control')) return JSON.stringify(value) ?? '';
  const { cache_control: _, ...block } = value;
  return JSON.stringify(block);
}
