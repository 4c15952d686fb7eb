import { type SegmentChange, type SourceChange, sumBySource } from '../../../../history/diff-segments.js';
import type { RequestDetail } from '../../../../model/request.js';
import { describeCacheMiss } from '../../../../text/cache-miss.js';
import { fragment } from '../../../../text/line.js';
import { type Column, headingLine, rowLine } from '../../../../text/table.js';
import { printableLine } from '../../../../text/text.js';
import { formatSigned, formatSignedDollars } from '../../../../text/units.js';
import { sourceName } from '../../source-name.js';
import { type Block, headedBlock, lineBlock, textBlock } from '../document.js';
import { fitScreenTable } from '../screen-table.js';

/** Maximum length of a changed text, in UTF-16 units. */
const MAX_TEXT = 2_000;

/** Changes since the previous request of the thread. */
export function diffBlocks({ previousId, cacheMiss }: RequestDetail, changes: readonly SegmentChange[]): Block[] {
  const miss = cacheMiss && lineBlock([fragment(`cache missed: ${describeCacheMiss(cacheMiss)}`, 'warn')]);
  const head = [lineBlock([fragment(`since ${previousId ?? '–'}`, 'dim')]), ...(miss ? [miss] : [])];
  if (changes.length === 0) return [...head, lineBlock([fragment('Nothing changed.', 'dim')])];
  const before = changes.filter(({ atEnd }) => !atEnd);
  const atEnd = changes.filter((change) => change.atEnd);
  return [
    ...head,
    headedBlock([], sumsBlock(sumBySource(changes))),
    ...before.map(changeBlock),
    ...(before.length === 0 ? [lineBlock([fragment('Nothing changed before the end.', 'good')], [])] : []),
    ...atEnd.map(changeBlock),
  ];
}

/** Why there is no previous request. */
export function noDiffBlocks({ purpose, previousId }: RequestDetail): Block[] {
  if (previousId !== null) return [textBlock(`The previous request is no longer stored: ${previousId}.`, 'dim')];
  const why =
    purpose === null
      ? 'The previous request is unknown: claude-trace reattribute finds it.'
      : `It is the first request of its thread (${purpose}).`;
  return [textBlock(why, 'dim')];
}

function sumsBlock(sums: readonly SourceChange[]): Block {
  return (width) => {
    const columns = fitScreenTable(SUM_COLUMNS, width);
    return [headingLine(columns), ...sums.map((sum) => rowLine(columns, sum))];
  };
}

function changeBlock({ kind, atEnd, before, after }: SegmentChange): Block {
  const segment = (after ?? before)?.segment;
  if (segment === undefined) return lineBlock();
  const grown = (after?.segment.tokens ?? 0) - (before?.segment.tokens ?? 0);
  const heading = [
    fragment(atEnd ? 'new at the end' : `${kind} before the end`, atEnd ? 'good' : 'warn'),
    fragment(`  ${formatSigned(grown) || '±0'} tokens  `, 'accent'),
    fragment(
      `${sourceName(segment.source)} ${printableLine(`${segment.part}${segment.detail ? ` (${segment.detail})` : ''}`)}`,
      'heading',
    ),
    fragment(`  ${printableLine(segment.path)}`, 'dim'),
  ];
  return headedBlock(
    heading,
    ...(before === null ? [] : [sideBlock('-', before.text)]),
    ...(after === null ? [] : [sideBlock('+', after.text)]),
  );
}

/** With a sign, for terminals without colours. */
function sideBlock(sign: '+' | '-', text: string): Block {
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  const lines = textBlock(shown, sign === '+' ? 'good' : 'bad');
  return (width) => lines(width - 2).map((line) => [fragment(`${sign} `, sign === '+' ? 'good' : 'bad'), ...line]);
}

const SUM_COLUMNS: readonly Column<SourceChange>[] = [
  { heading: 'SOURCE', width: 16, grow: true, cut: 'middle', cell: (sum) => sourceName(sum.source) },
  { heading: 'NEW AT THE END', width: 14, align: 'right', cell: (sum) => formatSigned(sum.endTokens) },
  { heading: 'ADDED BEFORE', width: 12, dropOrder: 2, align: 'right', cell: (sum) => formatSigned(sum.addedTokens) },
  { heading: 'REMOVED', width: 7, dropOrder: 3, align: 'right', cell: (sum) => formatSigned(-sum.removedTokens) },
  { heading: 'CHANGED', width: 7, dropOrder: 4, align: 'right', cell: (sum) => formatSigned(sum.changedTokens) },
  { heading: 'COST', width: 9, dropOrder: 1, align: 'right', cell: ({ costUsd }) => formatSignedDollars(costUsd) },
];
