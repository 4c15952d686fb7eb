import { RecentMap } from '../../base/recent-map.js';
import type { Database } from '../sqlite.js';
import type { ContentReader } from './content-reader.js';
import { type Chain, joinChains } from './split-body.js';

/** Larger slices are mostly whole responses, which are read only once. */
const MAX_CACHED_SLICE_BYTES = 64 * 1024;

/** At most 128 MB with the limit above, and some 10 MB in practice: a slice is mostly one message. */
const MAX_SLICES = 2_000;

/** A few conversations of some hundred messages. */
const MAX_LINKS = 20_000;

interface Link {
  parent: number;
  slice: number;
}

export interface CachedContentReader extends ContentReader {
  /** Call first in each transaction: clears the cache if another process has freed content. */
  refresh(): void;
}

/** For reading many bodies: the requests of a conversation repeat it, so what was inflated for one is cached for the next. */
export function createCachedContentReader(db: Database, content: ContentReader): CachedContentReader {
  const readLink = db.prepare<[number], Link>('SELECT parent, slice FROM chain_links WHERE id = ?');
  const readGeneration = db.prepare<[], number>("SELECT value FROM metadata WHERE key = 'content_generation'").pluck();
  const slices = new RecentMap<number, Uint8Array>(MAX_SLICES);
  const links = new RecentMap<number, Link>(MAX_LINKS);
  let generation: number | undefined;

  function slice(id: number): Uint8Array {
    const known = slices.get(id);
    if (known !== undefined) return known;
    const bytes = content.slice(id);
    if (bytes.length <= MAX_CACHED_SLICE_BYTES) slices.set(id, bytes);
    return bytes;
  }

  function link(id: number): Link | undefined {
    const row = links.get(id) ?? readLink.get(id);
    if (row !== undefined) links.set(id, row);
    return row;
  }

  function chain(last: number): Chain {
    const items: Uint8Array[] = [];
    let id = last;
    for (let row = link(id); row !== undefined; row = link(id)) {
      items.push(slice(row.slice));
      // A parent has a smaller id than its child: ends the walk even in a damaged table.
      if (row.parent >= id) break;
      id = row.parent;
    }
    return items.reverse();
  }

  return {
    slice,
    body: (ids) => joinChains(ids.map(chain)),
    refresh() {
      const current = readGeneration.get();
      if (current !== generation) {
        slices.clear();
        links.clear();
      }
      generation = current;
    },
  };
}
