import { hash } from 'node:crypto';
import { RecentMap } from '../../base/recent-map.js';
import type { Database } from '../sqlite.js';
import { encodeSlice } from './encoding.js';
import { LastChains } from './last-chains.js';
import type { Chain } from './split-body.js';

/** Entries of each cache: enough for several conversations of some hundred messages, about 5 MB. */
const CACHED = 20_000;

/** Bytes of the SHA-256 that identify a slice: with 128 bits no collision is expected. */
export const HASH_BYTES = 16;

/** Writes content. Every call must be inside a write transaction. */
export interface ContentWriter {
  /** @returns the id of the slice, new or existing */
  slice(content: Uint8Array, compressed?: boolean): number;
  /** @returns the id of the chain's last link */
  chain(items: Chain, compressed?: boolean): number;
  /** Call first in each transaction: clears the cache if another process has freed content. */
  refresh(): void;
  /** Call after a rollback: clears the cache, which may hold ids that do not exist. */
  forget(): void;
}

/**
 * Caches the ids of what was written, so that repeating a conversation costs a comparison of bytes for each message instead of a query,
 * and a changed one a hash.
 */
export function createContentWriter(db: Database): ContentWriter {
  const findSlice = db.prepare<[Uint8Array], number>('SELECT id FROM slices WHERE hash = ?').pluck();
  const addSlice = db.prepare<[Uint8Array, number, number, Uint8Array]>(
    'INSERT INTO slices (hash, encoding, size, bytes) VALUES (?, ?, ?, ?)',
  );
  const findLink = db
    .prepare<[number, number], number>('SELECT id FROM chain_links WHERE parent = ? AND slice = ?')
    .pluck();
  const addLink = db.prepare<[number, number]>('INSERT INTO chain_links (parent, slice) VALUES (?, ?)');
  const readGeneration = db.prepare<[], number>("SELECT value FROM metadata WHERE key = 'content_generation'").pluck();

  const knownSlices = new RecentMap<string, number>(CACHED);
  const knownLinks = new RecentMap<string, number>(CACHED);
  const lastChains = new LastChains();
  let generation: number | undefined;

  function slice(content: Uint8Array, compressed = false): number {
    const digest = hash('sha256', content, 'buffer').subarray(0, HASH_BYTES);
    const key = digest.toString('latin1');
    const known = knownSlices.get(key) ?? findSlice.get(digest) ?? insertSlice(digest, content, compressed);
    knownSlices.set(key, known);
    return known;
  }

  function insertSlice(digest: Uint8Array, content: Uint8Array, compressed: boolean): number {
    const { encoding, bytes } = encodeSlice(content, compressed);
    return Number(addSlice.run(digest, encoding, content.length, bytes).lastInsertRowid);
  }

  function link(parent: number, item: number): number {
    const key = `${parent}:${item}`;
    const known =
      knownLinks.get(key) ?? findLink.get(parent, item) ?? Number(addLink.run(parent, item).lastInsertRowid);
    knownLinks.set(key, known);
    return known;
  }

  function forget(): void {
    knownSlices.clear();
    knownLinks.clear();
    lastChains.clear();
  }

  /** Links are found by what is before them, so those of a beginning that an earlier chain has too are known. */
  function chain(items: Chain, compressed?: boolean): number {
    const links = lastChains.commonLinks(items);
    for (const item of items.slice(links.length)) links.push(link(links.at(-1) ?? 0, slice(item, compressed)));
    lastChains.add(items, links);
    return links.at(-1) ?? 0;
  }

  return {
    slice,
    chain,
    refresh() {
      const current = readGeneration.get();
      if (current !== generation) forget();
      generation = current;
    },
    forget,
  };
}
