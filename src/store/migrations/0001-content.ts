import type { Migration } from './migration.js';

/**
 * Content-addressed storage: each distinct slice once, and chains of slices as linked lists that share their beginnings.
 * See content/bodies.ts for how a body becomes chains.
 *
 * In use are the links in `captured_bodies.links` and their parents, the slices of those, and the slices in the columns
 * `headers` and `thread` of requests and responses.
 *
 * No foreign keys here: they would make every freed slice look for its users in every table. Whoever frees slices or links
 * must raise `content_generation` in the same transaction, so that writers of other processes forget the ids they know.
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
