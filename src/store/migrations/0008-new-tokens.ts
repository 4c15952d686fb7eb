import type { Migration } from './migration.js';

/** What of a share the request before it in its thread did not carry. Requests stored before have it when they are attributed again. */
export const newTokens: Migration = {
  name: '0008-new-tokens',
  up(db) {
    db.exec('ALTER TABLE context_attributions ADD COLUMN new_tokens INTEGER');
  },
};
