import { isUsed } from '../content/users.js';
import type { Database } from '../sqlite.js';

/** Ids of what has lost a user, and may have none any more. */
export interface Candidates {
  links?: readonly number[];
  slices?: readonly number[];
  sourceSets?: readonly number[];
}

/** Frees shared content that nobody uses: links, slices, sets of sources. What is still used stays. */
export interface Unused {
  /** Any id may be named, at any time and more than once: users are looked for when it is freed. */
  offer(candidates: Candidates): void;
  /** Whether all that was offered has been looked at. */
  readonly settled: boolean;
  /**
   * Frees what was offered and is not used, and what was used by that alone. Belongs inside a write transaction.
   *
   * @param over asked after each candidate: true leaves the rest for the next call
   * @returns whether anything was freed: ids that a ContentWriter of this connection remembers are stale then. Its next
   *   outermost transaction notices by itself; within the same transaction its `forget` must be called.
   */
  free(over: () => boolean): boolean;
}

/**
 * Works from a list in memory, so that it can be done in many short transactions. When the process dies between them, what
 * is left on the list is found by a sweep (sweep.ts).
 */
export function createUnused(db: Database): Unused {
  const freeLink = db.prepare<{ id: number }, { parent: number; slice: number }>(`
    DELETE FROM chain_links WHERE id = @id AND NOT ${isUsed.link('@id')} RETURNING parent, slice`);
  const freeSlice = db.prepare<{ id: number }>(`DELETE FROM slices WHERE id = @id AND NOT ${isUsed.slice('@id')}`);
  const freeSourceSet = db.prepare<{ id: number }>(
    `DELETE FROM source_sets WHERE id = @id AND NOT ${isUsed.sourceSet('@id')}`,
  );
  const raiseGeneration = db.prepare("UPDATE metadata SET value = value + 1 WHERE key = 'content_generation'");

  const links: number[] = [];
  const slices: number[] = [];
  const sourceSets: number[] = [];

  /** @returns whether there was a candidate, and whether it could go. */
  function next(): 'freed' | 'used' | 'none' {
    const link = links.pop();
    if (link !== undefined) {
      const freed = freeLink.get({ id: link });
      if (freed === undefined) return 'used';
      if (freed.parent !== 0) links.push(freed.parent);
      slices.push(freed.slice);
      return 'freed';
    }
    const slice = slices.pop();
    if (slice !== undefined) return freeSlice.run({ id: slice }).changes > 0 ? 'freed' : 'used';
    const sourceSet = sourceSets.pop();
    if (sourceSet !== undefined) return freeSourceSet.run({ id: sourceSet }).changes > 0 ? 'freed' : 'used';
    return 'none';
  }

  return {
    offer(candidates) {
      for (const id of candidates.links ?? []) links.push(id);
      for (const id of candidates.slices ?? []) slices.push(id);
      for (const id of candidates.sourceSets ?? []) sourceSets.push(id);
    },
    get settled() {
      return links.length + slices.length + sourceSets.length === 0;
    },
    free(over) {
      let freed = false;
      for (let outcome = next(); outcome !== 'none'; outcome = over() ? 'none' : next()) {
        if (outcome === 'freed') freed = true;
      }
      if (freed) raiseGeneration.run();
      return freed;
    },
  };
}
