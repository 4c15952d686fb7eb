/**
 * What damage calls for:
 * `pages`: SQLite cannot read parts of the file: its rows must be saved into another file.
 * `index`: an index does not tell what its table does: made anew from the table.
 * `texts`: the text index: made anew, empty.
 * `references`: rows that belong to rows that are gone: left out of another file, too.
 * `content`: what was captured is not there any more: nothing brings it back.
 * `aggregates`: sums that are less than what is stored, sets of sources that are not those of their requests: made anew.
 */
export type DamageKind = 'pages' | 'index' | 'texts' | 'references' | 'content' | 'aggregates';

/** One way in which something is wrong, and where. */
export interface Damage {
  kind: DamageKind;
  what: string;
  count: number;
  /** The first places: ids of requests, of rows, or SQLite's own words. */
  examples: string[];
}

export type NoteDamage = (kind: DamageKind, what: string, example: string) => void;

const EXAMPLES = 5;

/** Gathers damage, in the order of its first appearance: a file can be damaged in a million places. */
export function createDamageLog(): { note: NoteDamage; list(): Damage[] } {
  const damages = new Map<string, Damage>();
  return {
    note(kind, what, example) {
      const key = `${kind}\n${what}`;
      const damage = damages.get(key) ?? { kind, what, count: 0, examples: [] };
      damages.set(key, damage);
      damage.count += 1;
      if (damage.examples.length < EXAMPLES) damage.examples.push(example);
    },
    list: () => [...damages.values()],
  };
}
