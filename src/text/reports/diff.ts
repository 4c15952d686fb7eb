import { type SegmentChange, type SourceChange, sumBySource } from '../../history/diff-segments.js';
import type { SegmentWithText } from '../../history/segments.js';
import { roundDollars } from '../../model/dollars.js';
import type { CacheMissRow, RequestDetail } from '../../store/index.js';
import { describeCacheMiss } from '../cache-miss.js';
import { formatCost } from '../request-figures.js';
import { type Column, renderTable } from '../table.js';
import { describeFields, excerpt } from '../text.js';
import { formatSigned, formatSignedDollars, formatTime, formatTokens } from '../units.js';

export interface RequestDiff {
  from: RequestDetail;
  to: RequestDetail;
  changes: SegmentChange[];
}

/** All changes with their whole texts. */
export function diffToJson({ from, to, changes }: RequestDiff) {
  return {
    from: endToJson(from),
    to: endToJson(to),
    continuation: isNext(from, to) ? to.continuation : null,
    cache_miss: missOf(from, to),
    sources: sumBySource(changes).map((sum) => ({
      source: sum.source,
      added_tokens: sum.addedTokens,
      removed_tokens: sum.removedTokens,
      changed_tokens: sum.changedTokens,
      end_tokens: sum.endTokens,
      cost_usd: roundDollars(sum.costUsd),
    })),
    changes: changes.map(({ kind, atEnd, before, after }) => ({
      kind,
      at_end: atEnd,
      before: sideToJson(before),
      after: sideToJson(after),
    })),
  };
}

function endToJson({ id, timestamp, tokens, cost_usd }: RequestDetail) {
  return { id, timestamp, input_tokens: tokens.input, cost_usd };
}

function sideToJson(side: SegmentWithText | null) {
  if (side === null) return null;
  const { source, part, detail, path, tokens, known, costUsd } = side.segment;
  return { source, part, detail, path, tokens, known, cost_usd: roundDollars(costUsd), text: side.text };
}

/** A cache miss compares a request with the previous one of its thread, so it says nothing about other pairs. */
function missOf(from: RequestDetail, to: RequestDetail): CacheMissRow | null {
  return isNext(from, to) ? to.cache_miss : null;
}

function isNext(from: RequestDetail, to: RequestDetail): boolean {
  return to.previous_id === from.id;
}

/** Changes before the end; `--json` has all. */
const SHOWN_CHANGES = 20;
const EXCERPT = 160;

export function describeDiff({ from, to, changes }: RequestDiff, width: number): string[] {
  const before = changes.filter(({ atEnd }) => !atEnd);
  const miss = missOf(from, to);
  const lines = describeFields([
    ['from', describeEnd(from)],
    ['to', describeEnd(to)],
    ['how', isNext(from, to) ? describeContinuation(to) : null],
    ['cache', miss && `missed: ${describeCacheMiss(miss)}`],
  ]);
  if (miss) lines.push(...describeMissedAt(miss, before));
  lines.push('');
  if (changes.length === 0) return [...lines, 'Nothing changed.'];
  return [...lines, ...renderTable(SOURCE_COLUMNS, sumBySource(changes), width), '', ...describeChanges(before)];
}

function describeChanges(before: readonly SegmentChange[]): string[] {
  if (before.length === 0) return ['Nothing changed before the end.'];
  const lines = ['Changed before the end:', ...before.slice(0, SHOWN_CHANGES).flatMap(describeChange)];
  if (before.length > SHOWN_CHANGES) lines.push(`… and ${before.length - SHOWN_CHANGES} more; --json has all.`);
  return lines;
}

function describeEnd(request: RequestDetail): string {
  const { id, timestamp, model, tokens } = request;
  const figures = `${formatTokens(tokens.input)} tokens in, ${formatCost(request)}`;
  return [id, formatTime(timestamp, new Date()), model ?? '', figures].join('  ');
}

function describeContinuation({ continuation }: RequestDetail): string | null {
  if (continuation === 'extends') return 'the same conversation, with more at its end';
  if (continuation === 'edited') return 'the same conversation, edited before its end';
  return continuation === 'compacted' ? 'a summary took the conversation’s place' : null;
}

/** The text that changed where the cache missed. */
function describeMissedAt({ source, path }: CacheMissRow, changes: readonly SegmentChange[]): string[] {
  if (path === null) return [];
  const isMissed = (side: SegmentWithText | null) => side?.segment.path === path && side.segment.source === source;
  const found = changes.find(({ after }) => isMissed(after)) ?? changes.find(({ before }) => isMissed(before));
  return found === undefined ? [] : describeTexts(found);
}

function describeTexts({ before, after }: SegmentChange): string[] {
  return [
    ...(before === null ? [] : [`  - ${excerpt(before.text, EXCERPT)}`]),
    ...(after === null ? [] : [`  + ${excerpt(after.text, EXCERPT)}`]),
  ];
}

function describeChange(change: SegmentChange): string[] {
  const { kind, before, after } = change;
  const segment = (after ?? before)?.segment;
  if (segment === undefined) return [];
  const detail = segment.detail ? ` (${segment.detail})` : '';
  const grown = (after?.segment.tokens ?? 0) - (before?.segment.tokens ?? 0);
  const heading = `${kind} ${segment.source} ${segment.part}${detail}  ${formatSigned(grown)} tokens  ${segment.path}`;
  return [excerpt(heading, 400), ...describeTexts(change)];
}

const SOURCE_COLUMNS: readonly Column<SourceChange>[] = [
  { heading: 'SOURCE', grow: true, cut: 'middle', cell: (sum) => sum.source },
  { heading: 'NEW AT THE END', align: 'right', cell: (sum) => formatSigned(sum.endTokens) },
  { heading: 'ADDED BEFORE', align: 'right', cell: (sum) => formatSigned(sum.addedTokens) },
  { heading: 'REMOVED', align: 'right', cell: (sum) => formatSigned(-sum.removedTokens) },
  { heading: 'CHANGED', align: 'right', cell: (sum) => formatSigned(sum.changedTokens) },
  { heading: 'COST', align: 'right', cell: ({ costUsd }) => formatSignedDollars(costUsd) },
];
