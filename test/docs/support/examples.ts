import { sectionsOf } from './pages.js';

/** A block of shell commands in a document, and the JSON that it is said to print. */
export interface Example {
  heading: string;
  script: string;
  /** JSON; null if the document shows no output. */
  output: string | null;
}

/** Blocks that install something are left out: they need a network. */
export function examplesOf(page: string): Example[] {
  return sectionsOf(page)
    .flatMap(({ heading, text }): Example[] => {
      const blocks = text.matchAll(/^```sh\n([^`]*)^```\n(?:```json\n([^`]*)^```\n)?/gm);
      return [...blocks].map(([, script = '', output]) => ({ heading, script, output: output ?? null }));
    })
    .filter(({ script }) => !script.startsWith('npm '));
}

/**
 * The parts of a value that `shown` has too, with types in place of values: ids and times differ from one database to the next.
 * Compare it with the outline of `shown` itself.
 */
export function outline(value: unknown, shown: unknown): unknown {
  if (Array.isArray(shown))
    return shown.map((each, index) => outline(Array.isArray(value) ? value[index] : null, each));
  if (!isObject(shown)) return value === null ? null : typeof value;
  return Object.fromEntries(
    Object.entries(shown).map(([key, each]) => [key, isObject(value) ? outline(value[key], each) : 'no object']),
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
