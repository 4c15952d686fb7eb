/** Reports a part that cannot be converted. */
export type Note = (message: string) => void;

/** The name of a value, which may be spelled as in Rust (`ClientToServer`) or otherwise. */
export function namedIn(names: Readonly<Record<string, string>>, value: unknown, note: Note): string | undefined {
  const key = lettersOf(value);
  const found = Object.hasOwn(names, key) ? names[key] : undefined;
  if (found === undefined) note(`${JSON.stringify(value)} is not known`);
  return found;
}

export function lettersOf(value: unknown): string {
  return String(value)
    .replace(/[^a-z]/gi, '')
    .toLowerCase();
}

/** Paths begin at the message there, and at its params or result here. */
export function inPayload(path: string): string {
  return path.replace(/^\$\.(params|result)(?=$|[.[])/, '$');
}
