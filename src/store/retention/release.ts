import type { ContentWriter } from '../content/content-writer.js';
import type { Database } from '../sqlite.js';
import { type Candidates, createUnused } from './unused.js';

/**
 * For writers that replace what a row uses: frees what the old value used, unless somebody else does. To be called within the
 * transaction, when the row says the new value already.
 */
export function createRelease(db: Database, content: ContentWriter): (candidates: Candidates) => void {
  const unused = createUnused(db);
  return (candidates) => {
    unused.offer(candidates);
    // What follows in this transaction must not meet ids of what is gone.
    if (unused.free(() => false)) content.forget();
  };
}
