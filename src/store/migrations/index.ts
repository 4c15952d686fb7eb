import { content } from './0001-content.js';
import { captures } from './0002-captures.js';
import { sources } from './0003-sources.js';
import { views } from './0004-views.js';
import { threads } from './0005-threads.js';
import { history } from './0006-history.js';
import { changes } from './0007-changes.js';
import { newTokens } from './0008-new-tokens.js';
import type { Migration } from './migration.js';

/** In the order of their application; new ones go to the end. */
export const MIGRATIONS: readonly Migration[] = [
  content,
  captures,
  sources,
  views,
  threads,
  history,
  changes,
  newTokens,
];
