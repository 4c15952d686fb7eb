import type { Migration } from './migration.js';

/**
 * Answers of `count_tokens` to `measure`. They are kept when the requests that needed them are removed, so the same content is
 * never counted twice for a model.
 */
export const measurements: Migration = {
  name: '0017-measurements',
  up(db) {
    db.exec(`
      CREATE TABLE token_counts (       -- answers, by request
        model TEXT NOT NULL,
        request TEXT NOT NULL,          -- hex SHA-256 of its JSON, without the model
        tokens INTEGER NOT NULL,
        counted_at REAL NOT NULL,       -- unix ms
        PRIMARY KEY (model, request)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE measurements (       -- tokens of pieces, from sums and differences of answers
        model TEXT NOT NULL,
        piece TEXT NOT NULL,            -- kind of text, and hex SHA-256 of its content
        tokens INTEGER NOT NULL,
        known TEXT NOT NULL,            -- 'exact', or 'shared': counted together with others
        PRIMARY KEY (model, piece)
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
