/** One step down a JSON pointer (RFC 6901). */
export function pointer(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The value at a JSON pointer; undefined without one. */
export function atPointer(body: unknown, path: string): unknown {
  let value = body;
  for (const token of path.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Names and indices on the way to a value. */
export type Location = readonly (string | number)[];

/** The value at a location, or undefined. */
export function valueAt(root: unknown, location: Location): unknown {
  let value = root;
  for (const key of location) {
    const isIndex = typeof key === 'number';
    if (Array.isArray(value) !== isIndex || typeof value !== 'object' || value === null) return undefined;
    if (!Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
