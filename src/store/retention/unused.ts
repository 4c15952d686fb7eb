import { isUsed } from '../content/users.js';
import type { Database } from '../sqlite.js';

/** Ids of content that lost a user and may now be unused. */
export interface Candidates {
  links?: readonly number[];
  slices?: readonly number[];
  sourceSets?: readonly number[];
}

/** Frees shared content that is not used: links, slices, sets of sources. */
export interface Unused {
  /** Any id may be offered, at any time and repeatedly: its users are looked up before it is freed. */
  offer(candidates: Candidates): void;
  /** Whether everything offered has been checked. */
  readonly settled: boolean;
  /**
   * Frees offered content that is not used, and content that only that used. Must be called inside a write transaction.
   *
   * @param over called after each candidate: true leaves the rest for the next call
   * @returns whether anything was freed: then a ContentWriter of this connection has stale ids. Its next outermost transaction
   *   notices that; within the same transaction its `forget` must be called.
   */
  free(over: () => boolean): boolean;
}

/**
 * The list is in memory, so that freeing can take many short transactions. If the process dies between them, a sweep finds the
 * rest (sweep.ts).
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

  /** Checks the next candidate. @returns what became of it; none: there was no candidate */
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
