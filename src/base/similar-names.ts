import { distance } from 'fastest-levenshtein';

/** Longer names are compared by their parts only: computing a distance takes time by the product of the lengths. */
const MAX_COMPARED = 100;
const MAX_SUGGESTIONS = 3;

/**
 * Names that a user may have meant, the most similar first: in another letter case, with a prefix (`serena` for
 * `mcp:serena`), or with a letter or two that differ.
 *
 * @param wanted a name, or a pattern with `*`
 */
export function similarNames(wanted: string, known: readonly string[]): string[] {
  const asked = wanted.replaceAll('*', '').toLowerCase();
  if (asked === '') return [];
  return known
    .map((name) => ({ name, rank: rankOf(asked, name.toLowerCase()) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ name }) => name);
}

/** 0 for the same name, more for less similar ones; null for a name that is not similar. */
function rankOf(asked: string, name: string): number | null {
  // `serena` of `mcp:serena`.
  const tail = name.slice(name.indexOf(':') + 1);
  if (name === asked || tail === asked) return 0;
  if (name.startsWith(asked) || tail.startsWith(asked)) return 1;
  if (name.includes(asked)) return 2;
  if (asked.length > MAX_COMPARED || name.length > MAX_COMPARED) return null;
  const steps = Math.min(distance(asked, name), distance(asked, tail));
  return steps <= Math.ceil(asked.length / 3) ? 2 + steps : null;
}
