import { toJsonRow } from '../../base/json-row.js';
import { type SegmentChange, type SourceChange, sumBySource } from '../../history/diff-segments.js';
import type { SegmentWithText } from '../../history/segments.js';
import { roundDollars } from '../../model/dollars.js';
import type { McpCallRow } from '../../model/mcp-rows.js';
import type { RequestDetail } from '../../model/request.js';
import type { CacheMiss } from '../../model/thread.js';
import { describeCacheMiss } from '../cache-miss.js';
import { formatCost, formatInput } from '../request-figures.js';
import { type Column, renderTable } from '../table.js';
import { describeFields, excerpt } from '../text.js';
import { formatSigned, formatSignedDollars, formatTime } from '../units.js';
import { describeCallsOfRequest } from './mcp-tables.js';

export interface RequestDiff {
  from: RequestDetail;
  to: RequestDetail;
  changes: SegmentChange[];
  /** MCP calls whose results the later request was the first to carry. */
  calls: readonly McpCallRow[];
}

/** All changes with their whole texts. */
export function diffToJson({ from, to, changes, calls }: RequestDiff) {
  return {
    from: endToJson(from),
    to: endToJson(to),
    continuation: isNext(from, to) ? to.continuation : null,
    cache_miss: toJsonRow(missOf(from, to)),
    sources: sumBySource(changes).map((sum) => toJsonRow({ ...sum, costUsd: roundDollars(sum.costUsd) })),
    changes: changes.map(({ kind, atEnd, before, after }) => ({
      kind,
      at_end: atEnd,
      before: sideToJson(before),
      after: sideToJson(after),
    })),
    mcp_calls: toJsonRow(calls),
  };
}

function endToJson({ id, timestamp, tokens, costUsd }: RequestDetail) {
  return toJsonRow({ id, timestamp, inputTokens: tokens.input, costUsd });
}

function sideToJson(side: SegmentWithText | null) {
  if (side === null) return null;
  const { source, part, detail, path, tokens, known, costUsd } = side.segment;
  return toJsonRow({ source, part, detail, path, tokens, known, costUsd: roundDollars(costUsd), text: side.text });
}

/** A cache miss compares a request with the previous one of its thread, so it says nothing about other pairs. */
function missOf(from: RequestDetail, to: RequestDetail): CacheMiss | null {
  return isNext(from, to) ? to.cacheMiss : null;
}

function isNext(from: RequestDetail, to: RequestDetail): boolean {
  return to.previousId === from.id;
}

/** Changes before the end; `--json` has all. */
const SHOWN_CHANGES = 20;
const EXCERPT = 160;

export function describeDiff({ from, to, changes, calls }: RequestDiff, width: number): string[] {
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
  return [
    ...lines,
    ...renderTable(SOURCE_COLUMNS, sumBySource(changes), width),
    '',
    ...describeChanges(before),
    ...describeCallsOfRequest('MCP calls whose results are new:', calls, width),
  ];
}

function describeChanges(before: readonly SegmentChange[]): string[] {
  if (before.length === 0) return ['Nothing changed before the end.'];
  const lines = ['Changed before the end:', ...before.slice(0, SHOWN_CHANGES).flatMap(describeChange)];
  if (before.length > SHOWN_CHANGES) lines.push(`… and ${before.length - SHOWN_CHANGES} more; --json has all.`);
  return lines;
}

function describeEnd(request: RequestDetail): string {
  const { id, timestamp, model, tokens } = request;
  const figures = `${formatInput(tokens)} tokens in, ${formatCost(request)}`;
  return [id, formatTime(timestamp, new Date()), model ?? '', figures].join('  ');
}

function describeContinuation({ continuation }: RequestDetail): string | null {
  if (continuation === 'extends') return 'the same conversation, with more at its end';
  if (continuation === 'edited') return 'the same conversation, edited before its end';
  return continuation === 'compacted' ? 'a summary took the conversation’s place' : null;
}

/** The text that changed where the cache missed. */
function describeMissedAt({ source, path }: CacheMiss, changes: readonly SegmentChange[]): string[] {
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
