import type { ContentWriter } from '../content/content-writer.js';
import type { Database } from '../sqlite.js';
import { type Candidates, createUnused } from './unused.js';

/**
 * For writers that replace a reference to shared content: frees the old content unless it is used elsewhere. Must be called in
 * the same transaction, after the row has the new value.
 */
export function createRelease(db: Database, content: ContentWriter): (candidates: Candidates) => void {
  const unused = createUnused(db);
  return (candidates) => {
    unused.offer(candidates);
    // The rest of this transaction must not use cached ids of freed content.
    if (unused.free(() => false)) content.forget();
  };
}
