import { toJsonRow } from '../../base/json-row.js';
import type { ContextPoint } from '../../history/context-growth.js';
import { roundDollars } from '../../model/dollars.js';
import type { SourceTotal } from '../../model/request.js';
import type { GroupTotal } from '../../model/source-group.js';
import type { AgentConversation } from '../../store/index.js';
import { describeContextEvents, formatContextTokens } from '../context-point.js';
import { shortSessionId } from '../ids.js';
import { fragment, styledLine } from '../line.js';
import { barScale, GROUP_LETTERS, limitedBar, STACK_ORDER, scaleText } from '../stacked-bar.js';
import { style } from '../style.js';
import { type Column, renderTable } from '../table.js';
import { printableLine } from '../text.js';
import {
  counted,
  formatDollars,
  formatPercent,
  formatShortTime,
  formatSigned,
  formatTokens,
  formatWindow,
  shareOf,
} from '../units.js';
import { wrapText } from '../wrap.js';

/** How the context of a conversation grew. */
export interface ContextReport {
  /** Null for a conversation without one. */
  sessionId: string | null;
  /** Null for the main conversation. */
  agentId: string | null;
  /** The first request of the only thread that is shown; null for all of the conversation. */
  threadId: string | null;
  /** Some or all requests, in the order of time. */
  points: readonly ContextPoint[];
  /** The number of all requests. */
  total: number;
  /** The largest input of all of them. */
  maxTokens: number;
  /** Other conversations of the session. */
  agents: readonly AgentConversation[];
}

/** A pipe has no width. */
const PIPE_WIDTH = 100;
/** Below this width, rows have no time and no cached share. */
const NARROW = 60;

/** A bar for each request, and the groups of the last one. */
export function describeContext(report: ContextReport, terminalWidth: number, now: Date): string[] {
  const { points, total, maxTokens } = report;
  const width = Number.isFinite(terminalWidth) ? terminalWidth : PIPE_WIDTH;
  const last = points.findLast(({ groups }) => groups.length > 0) ?? points.at(-1);
  if (last === undefined) return ['No request of this conversation was attributed.'];
  const scale = barScale(maxTokens, last.window);
  return [
    ...wrapText(`${contextTitle(report)}: ${counted(total, 'request')}, ${usedOf(last)}.`, width),
    ...sampleNote(report).flatMap((line) => wrapText(line, width)),
    '',
    ...renderBars(points, scale, width, now),
    '',
    ...describeGroups(last, width),
    ...agentNote(report).flatMap((line) => wrapText(line, width)),
  ];
}

/** `Main conversation of session 1a2b3c4d`. */
export function contextTitle({
  sessionId,
  agentId,
  threadId,
}: Pick<ContextReport, 'sessionId' | 'agentId' | 'threadId'>): string {
  const session = sessionId === null ? '' : ` of session ${shortSessionId(sessionId)}`;
  if (agentId !== null) return printableLine(`Agent ${agentId}${session}`);
  return printableLine(threadId === null ? `Main conversation${session}` : `Thread ${threadId}${session}`);
}

function usedOf(last: ContextPoint): string {
  const { tokens, window, model } = last;
  const share = shareOf(tokens, window);
  const size = share === null || window === null ? '' : `, ${formatPercent(share)} of ${formatWindow(window)}`;
  return `the last with ${formatContextTokens(last)} tokens${size}${model === null ? '' : ` (${model})`}`;
}

function sampleNote({ points, total }: ContextReport): string[] {
  if (points.length >= total) return [];
  return [
    `${points.length} of ${total} are shown: compactions, the largest cache misses, and others at even distances. --limit shows more.`,
  ];
}

function agentNote({ agents, agentId, threadId }: ContextReport): string[] {
  if (agents.length === 0 || agentId !== null || threadId !== null) return [];
  const shown = agents.slice(0, 5).map((agent) => {
    return `--agent ${agent.agentId} (${counted(agent.requests, 'request')}, up to ${formatTokens(agent.maxInputTokens)})`;
  });
  const rest = agents.length > 5 ? `, and ${agents.length - 5} more` : '';
  return ['', `Agents have contexts of their own: ${shown.join(', ')}${rest}.`];
}

function renderBars(points: readonly ContextPoint[], scale: number, width: number, now: Date): string[] {
  const wide = width >= NARROW;
  const numbers = String(points.at(-1)?.number ?? 1).length;
  const times = Math.max(...points.map(({ timestamp }) => formatShortTime(timestamp, now, 11).length));
  const lead = (number: string, time: string, tokens: string, cached: string): string =>
    `${number.padStart(numbers)}  ${wide ? `${time.padEnd(times)}  ` : ''}${tokens.padStart(7)}  ${wide ? `${cached.padStart(6)}  ` : ''}`;
  const indent = lead('', '', '', '').length;
  const bars = Math.max(8, width - indent - 1);
  const heading = lead('#', 'TIME', 'TOKENS', 'CACHED');
  return [
    styledLine([fragment(heading, 'heading'), fragment(scaleText(scale, points.at(-1)?.window ?? null, bars), 'dim')]),
    ...points.flatMap((point) => [
      styledLine([
        fragment(
          lead(
            String(point.number),
            formatShortTime(point.timestamp, now, 11),
            formatContextTokens(point),
            formatPercent(shareOf(point.cacheReadTokens, point.tokens)),
          ),
        ),
        ...limitedBar(point, scale, bars),
      ]),
      ...describeContextEvents(point).flatMap((event) =>
        wrapText(event, width, ' '.repeat(wide ? numbers + 2 : 2)).map((line) => style(line, 'warn')),
      ),
    ]),
  ];
}

function describeGroups(last: ContextPoint, width: number): string[] {
  if (last.groups.length === 0) return ['The sources are not known: these requests were not attributed.'];
  const rows = last.groups.toSorted((a, b) => STACK_ORDER.indexOf(a.group) - STACK_ORDER.indexOf(b.group));
  return [
    `In request ${last.number}:`,
    ...renderTable(groupColumns(last), rows, width),
    '',
    ...wrapText('Tokens of a request are exact unless marked ~. The shares of groups are partly estimated.', width),
  ];
}

function groupColumns({ tokens }: ContextPoint): Column<GroupTotal<SourceTotal>>[] {
  return [
    { heading: '', cell: ({ group }) => GROUP_LETTERS[group], tone: ({ group }) => group },
    { heading: 'GROUP', cell: ({ group }) => group },
    { heading: 'TOKENS', align: 'right', cell: (row) => formatTokens(row.tokens) },
    { heading: 'SHARE', align: 'right', cell: (row) => formatPercent(shareOf(row.tokens, tokens)) },
    {
      heading: 'NEW',
      align: 'right',
      dropOrder: 2,
      cell: ({ newTokens }) => formatSigned(newTokens),
    },
    { heading: 'COST', align: 'right', cell: ({ costUsd }) => formatDollars(costUsd) },
    {
      heading: 'LARGEST',
      grow: true,
      dropOrder: 1,
      cell: ({ sources }) =>
        sources
          .slice(0, 3)
          .map(({ source, tokens }) => `${source} ${formatTokens(tokens)}`)
          .join(', '),
    },
  ];
}

/** Every point with its figures; the order of groups is by size. */
export function contextToJson({ sessionId, agentId, threadId, points, total, agents }: ContextReport) {
  return toJsonRow({
    sessionId,
    agentId,
    threadId,
    totalRequests: total,
    requests: points.map(printedPoint),
    agents,
  });
}

function printedPoint(point: ContextPoint) {
  const { timestamp, tokens, cacheReadTokens, window, groups, compaction, costIsEstimate: _, ...rest } = point;
  return {
    ...rest,
    timestamp,
    inputTokens: tokens,
    cacheReadTokens,
    contextWindow: window,
    groups: groups.map(({ sources: _, ...group }) => group),
    compaction: compaction && { ...compaction, costUsd: roundDollars(compaction.costUsd) },
  };
}
