import { DamagedContentError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { decodeSlice } from './encoding.js';
import { type Chain, joinChains } from './split-body.js';

interface SliceRow {
  encoding: number;
  size: number;
  bytes: Uint8Array;
}

/** Reads content; throws DamagedContentError where a slice is missing or does not inflate. */
export interface ContentReader {
  slice(id: number): Uint8Array;
  /** @param links the last link of each chain, in order */
  body(links: readonly number[]): Uint8Array;
}

export function createContentReader(db: Database): ContentReader {
  const readSlice = db.prepare<[number], SliceRow>('SELECT encoding, size, bytes FROM slices WHERE id = ?');
  // A parent has a smaller id than its child: the condition ends the walk even in a damaged table.
  const readChain = db.prepare<[number], SliceRow>(`
    WITH RECURSIVE chain (id, parent, slice) AS (
      SELECT id, parent, slice FROM chain_links WHERE id = ?
      UNION ALL
      SELECT l.id, l.parent, l.slice FROM chain JOIN chain_links l ON l.id = chain.parent AND l.id < chain.id
    )
    SELECT s.encoding, s.size, s.bytes FROM chain JOIN slices s ON s.id = chain.slice ORDER BY chain.id
  `);

  function chain(link: number): Chain {
    return readChain.all(link).map(decode);
  }

  return {
    slice(id) {
      const row = readSlice.get(id);
      if (row === undefined) throw new DamagedContentError('content');
      return decode(row);
    },
    body: (links) => joinChains(links.map(chain)),
  };
}

function decode(row: SliceRow): Uint8Array {
  try {
    return decodeSlice(row.encoding, row.bytes, row.size);
  } catch (error) {
    throw new DamagedContentError('content', error);
  }
}
