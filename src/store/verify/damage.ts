/**
 * Kinds of damage, by their repair:
 * `pages`: SQLite cannot read parts of the file. Readable rows must be copied to another file.
 * `index`: an index does not match its table. It is made again from the table.
 * `texts`: the text index is damaged. It is emptied.
 * `references`: rows refer to rows that do not exist. They are left out of another file.
 * `content`: captured content is lost. It cannot be restored.
 * `aggregates`: sums are less than what is stored, or sets of sources do not match. They are made again.
 */
export type DamageKind = 'pages' | 'index' | 'texts' | 'references' | 'content' | 'aggregates';

/** One kind of finding, and where it was found. */
export interface Damage {
  kind: DamageKind;
  what: string;
  count: number;
  /** The first places: ids of requests or rows, or messages of SQLite. */
  examples: string[];
}

export type NoteDamage = (kind: DamageKind, what: string, example: string) => void;

const EXAMPLES = 5;

/** Groups damage, in the order of its first appearance: a file can be damaged in a million places. */
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
