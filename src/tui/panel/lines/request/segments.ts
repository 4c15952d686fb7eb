import type { SegmentWithText } from '../../../../history/segments.js';
import type { RequestDetail } from '../../../../model/request.js';
import type { Segment } from '../../../../model/segment.js';
import { fragment, type Line } from '../../../../text/line.js';
import { WHY_UNREAD } from '../../../../text/reports/segment.js';
import { attributionNote, damagedNote } from '../../../../text/request-notes.js';
import { printableLine } from '../../../../text/text.js';
import { counted, formatDollars, formatTokens } from '../../../../text/units.js';
import { sourceName } from '../../source-name.js';
import type { SegmentFilter } from '../../state/state.js';
import { type Block, headedBlock, lineBlock, textBlock } from '../document.js';

/** The segments of a request: source, tokens, cost, and text. */
export function segmentBlocks(request: RequestDetail, segments: readonly SegmentWithText[]): Block[] {
  const notes = [attributionNote(request), damagedNote(request)].flatMap((note) =>
    note === null ? [] : [textBlock(note, 'warn')],
  );
  if (segments.length === 0) return [...notes, lineBlock([fragment('Its body has no segments.', 'dim')])];
  const blocks = segments.map(({ segment, text }) => headedBlock(segmentHeading(segment), textBlock(text)));
  return [...notes, ...blocks];
}

/** Says which segments are shown if not all are. */
export function onlyBlock({ source, part }: SegmentFilter, segments: readonly SegmentWithText[]): Block {
  const tokens = segments.reduce((sum, { segment }) => sum + segment.tokens, 0);
  const name = `${sourceName(source)}${part === null ? '' : ` ${part}`}`;
  return lineBlock([
    fragment('only ', 'dim'),
    fragment(name, 'heading'),
    fragment(`: ${counted(segments.length, 'piece')}, ${formatTokens(tokens)} tokens`),
    fragment('   Esc goes back, ← and → show all', 'dim'),
  ]);
}

function segmentHeading(segment: Segment): Line {
  const { source, part, detail, path } = segment;
  return [
    fragment('── ', 'dim'),
    fragment(sourceName(source), 'heading'),
    fragment(printableLine(` ${part}  `)),
    fragment(weight(segment), 'accent'),
    ...(detail ? [fragment(printableLine(`  ${detail}`))] : []),
    fragment(`  ${printableLine(path)}`, 'dim'),
  ];
}

function weight({ tokens, known, unread, cache, costUsd }: Segment): string {
  if (unread !== null) return WHY_UNREAD[unread];
  const read = tokens > 0 && cache.read === tokens ? ', cached' : '';
  return `${formatTokens(tokens)} tokens ${known}${read}, ${formatDollars(costUsd)}`;
}
