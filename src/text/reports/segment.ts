import type { SegmentWithText } from '../../history/segments.js';
import type { Segment, Unread } from '../../model/segment.js';
import { printable, printableLine } from '../text.js';
import { formatDollars } from '../units.js';

/** Why a segment of the body is not read by the model. */
export const WHY_UNREAD: Readonly<Record<Unread, string>> = {
  deferred: 'deferred until it is loaded',
  stripped: 'stripped by the API',
  cleared: 'cleared by the API',
};

/** A heading, and the text. */
export function describeSegment({ segment, text }: SegmentWithText): string[] {
  return ['', printableLine(`── ${label(segment)}`), printable(text.trimEnd())];
}

/**
 * `mcp:serena definition (mcp__serena__find)  613 tokens, exact: 600 cached, 13 written for 5 min  $0.0002  /tools/3`.
 */
function label(segment: Segment): string {
  const { source, part, detail, costUsd, path } = segment;
  const what = `${source} ${part}${detail ? ` (${detail})` : ''}`;
  return [what, describeTokens(segment), formatDollars(costUsd), path].filter((piece) => piece !== '').join('  ');
}

function describeTokens({ tokens, known, unread, cache }: Segment): string {
  if (unread !== null) return `${WHY_UNREAD[unread]}, 0 tokens`;
  const classes = [
    [cache.read, 'cached'],
    [cache.write5m, 'written for 5 min'],
    [cache.write1h, 'written for 1 h'],
    [cache.uncached, 'uncached'],
  ] as const;
  const split = classes.flatMap(([count, name]) => (count > 0 ? [`${count} ${name}`] : [])).join(', ');
  return `${tokens} tokens, ${known}${split === '' ? '' : `: ${split}`}`;
}
