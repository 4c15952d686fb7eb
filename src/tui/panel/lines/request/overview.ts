import type { SegmentChange } from '../../../../history/diff-segments.js';
import type { RequestDetail, RequestSummary } from '../../../../model/request.js';
import { describeCacheMiss } from '../../../../text/cache-miss.js';
import { cutLine, fragment, type Line, widthOf } from '../../../../text/line.js';
import { excerpt, printableLine } from '../../../../text/text.js';
import { counted, formatDuration, formatSigned } from '../../../../text/units.js';
import { sourceName } from '../../source-name.js';
import { isMinor } from '../../state/source-groups.js';
import { treeRows } from '../../state/tree.js';
import { sourceLines, whyNoSources } from '../breakdown.js';
import { type Block, headedBlock, lineBlock, linkedLine, textBlock } from '../document.js';
import { type SourceNode, sumFigures } from '../source-nodes.js';
import { noDiffBlocks } from './diff.js';

/** The first section of a request: what is new in it, why the cache missed, and what fills its context. */
export function overviewBlocks(
  request: RequestDetail,
  previous: RequestSummary | null,
  changes: readonly SegmentChange[],
  nodes: readonly SourceNode[],
): Block[] {
  const { cacheMiss } = request;
  const miss = cacheMiss === null ? [] : [textBlock(`cache missed: ${describeCacheMiss(cacheMiss)}`, 'warn')];
  return [headedBlock(HEADING, ...miss, ...newBlocks(request, previous, changes)), contextBlock(request, nodes)];
}

const HEADING: Line = [fragment('── ', 'dim'), fragment('what is new', 'heading')];

/** The diff has all of them, with their whole texts. */
const MAX_CHANGES = 12;

function newBlocks(
  request: RequestDetail,
  previous: RequestSummary | null,
  changes: readonly SegmentChange[],
): Block[] {
  const { purpose, previousId, timestamp, tokens } = request;
  if (previous === null) {
    if (purpose === null || previousId !== null) return noDiffBlocks(request);
    return [textBlock(`Everything: it is the first request of its thread (${purpose}).`, 'dim')];
  }
  const grown =
    tokens.input === null || previous.tokens.input === null
      ? ''
      : `${formatSigned(tokens.input - previous.tokens.input) || '±0'} tokens `;
  const since = `${grown}since ${previous.id}, ${formatDuration(timestamp.getTime() - previous.timestamp.getTime())} before`;
  const before = changes.filter(({ atEnd }) => !atEnd);
  const shown = [...before, ...changes.filter(({ atEnd }) => atEnd)].slice(0, MAX_CHANGES);
  const rest = changes.length - shown.length;
  return [
    lineBlock([fragment(since, 'accent')]),
    ...shown.map(changeBlock),
    ...(rest === 0 ? [] : [lineBlock([fragment(`… ${counted(rest, 'more change')}: see the diff`, 'dim')])]),
    ...(changes.length === 0 ? [lineBlock([fragment('Nothing changed.', 'dim')])] : []),
  ];
}

const TOKENS_WIDTH = 7;

/** `+312  mcp:tickets result  first words`; changes before the end, which break the cache, say so. */
function changeBlock({ kind, atEnd, before, after }: SegmentChange): Block {
  const shown = after ?? before;
  if (shown === null) return lineBlock();
  const { source, part, detail } = shown.segment;
  const grown = (after?.segment.tokens ?? 0) - (before?.segment.tokens ?? 0);
  const line: Line = [
    fragment((formatSigned(grown) || '±0').padStart(TOKENS_WIDTH), 'accent'),
    ...(atEnd ? [] : [fragment(`  ${kind} before the end`, 'warn')]),
    fragment(`  ${sourceName(source)}`, 'heading'),
    fragment(printableLine(` ${part}${detail ? ` (${detail})` : ''}  `)),
  ];
  return (width) => {
    const excerpted = [...line, fragment(excerpt(shown.text, Math.max(1, width - widthOf(line))), 'dim')];
    const cut = cutLine(excerpted, width);
    // What is gone has no text in this request.
    return [after === null ? cut : linkedLine(cut, { source, part })];
  };
}

function contextBlock(request: RequestDetail, nodes: readonly SourceNode[]): Block {
  if (nodes.length === 0) return textBlock(whyNoSources(request), 'dim');
  const unfoldFirst = nodes.map(({ key }) => key);
  const rows = treeRows(nodes, {
    folds: {},
    unfoldFirst,
    isMinor: ({ share }) => isMinor(share),
    room: Number.POSITIVE_INFINITY,
    sum: sumFigures,
    // Nothing folds in a text.
  }).map((row) => ({ ...row, isOpen: null }));
  return (width) =>
    sourceLines(rows, 0, { width, height: rows.length + 1 }).map((line, index) => {
      // The first line is the heading.
      const { source = null, part = null } = rows[index - 1]?.node.figures ?? {};
      return source === null ? line : linkedLine(line, { source, part });
    });
}
