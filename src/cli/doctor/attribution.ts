import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import type { Paths } from '../../settings/paths.js';
import { openReader } from '../../store/index.js';
import { counted, formatPercent, formatTokens } from '../../text/units.js';
import type { Finding } from './finding.js';

const WHAT = 'attribution';
/** Newest requests that are looked at. */
const LIMIT = 1_000;
/** From here on a new kind of text is likely: on known versions it is below. */
const NOTABLE = 0.01;

/** How much of what was sent no rule knows; nothing without a database, or with nothing attributed in it. */
export function checkAttribution({ database }: Paths): Finding[] {
  try {
    const reader = openReader(database);
    try {
      const { requests, tokens, total, share } = reader.unmatched(ATTRIBUTION_VERSION, LIMIT);
      if (total === 0) return [];
      const figures = `${formatTokens(tokens)} of ${formatTokens(total)} tokens (${formatPercent(share)})`;
      const message = `no rule knows ${figures} of the newest ${counted(requests, 'request')}`;
      const advice = '; `claude-trace show <id> --segments --source framework:reminder` shows the text';
      return [
        share < NOTABLE
          ? { level: 'ok', what: WHAT, message }
          : { level: 'note', what: WHAT, message: message + advice },
      ];
    } finally {
      reader.close();
    }
  } catch {
    // What is wrong with the database is the finding of its own check.
    return [];
  }
}
