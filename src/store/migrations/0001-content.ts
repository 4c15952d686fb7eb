import type { Migration } from './migration.js';

/**
 * Content-addressed storage: each distinct slice is stored once, and chains of slices are linked lists that share their
 * beginnings. See content/split-body.ts for how a body becomes chains, and content/users.ts for what references content.
 *
 * There are no foreign keys: each freed slice would have to be looked up in every table. Code that frees slices or links must
 * raise `content_generation` in the same transaction, so that writers of other processes clear their caches.
 */
export const content: Migration = {
  name: '0001-content',
  up(db) {
    db.exec(`
      CREATE TABLE metadata (
        key TEXT PRIMARY KEY,
        value ANY NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO metadata (key, value) VALUES ('content_generation', 0);

      CREATE TABLE slices (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,      -- first 16 bytes of the SHA-256 of the content
        encoding INTEGER NOT NULL,      -- 0: as it is, 1: raw deflate
        size INTEGER NOT NULL,          -- of the content, in bytes
        bytes BLOB NOT NULL
      ) STRICT;

      CREATE TABLE chain_links (
        id INTEGER PRIMARY KEY,
        parent INTEGER NOT NULL,        -- the link before; 0 for the first; always a smaller id
        slice INTEGER NOT NULL,
        UNIQUE (parent, slice)
      ) STRICT;
    `);
  },
};
