import { content } from './0001-content.js';
import { captures } from './0002-captures.js';
import { sources } from './0003-sources.js';
import { views } from './0004-views.js';
import { threads } from './0005-threads.js';
import { history } from './0006-history.js';
import { newTokens } from './0007-new-tokens.js';
import { changes } from './0008-changes.js';
import { endsAndBills } from './0009-ends-and-bills.js';
import { turns } from './0010-turns.js';
import { transcripts } from './0011-transcripts.js';
import { sessionNames } from './0012-session-names.js';
import { mcp } from './0013-mcp.js';
import { rules } from './0014-rules.js';
import { telemetry } from './0015-telemetry.js';
import { novelties } from './0016-novelties.js';
import { measurements } from './0017-measurements.js';
import type { Migration } from './migration.js';

/** In the order in which they are applied; new ones go to the end. */
export const MIGRATIONS: readonly Migration[] = [
  content,
  captures,
  sources,
  views,
  threads,
  history,
  newTokens,
  changes,
  endsAndBills,
  turns,
  transcripts,
  sessionNames,
  mcp,
  rules,
  telemetry,
  novelties,
  measurements,
];
