import type { Migration } from './migration.js';

/** Tokens of a share that the previous request of its thread did not have. Older requests get it when they are attributed again. */
export const newTokens: Migration = {
  name: '0007-new-tokens',
  up(db) {
    db.exec('ALTER TABLE context_attributions ADD COLUMN new_tokens INTEGER');
  },
};
