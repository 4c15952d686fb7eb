import type { ComparedRequest } from '../../mcp/replay/client/compare-session.js';
import type { ComparedResults } from '../../mcp/replay/client/compared-results.js';
import type { ComparedNotification } from '../../mcp/replay/client/notifications.js';
import type { Difference } from '../../mcp/replay/differences.js';
import type { TapeHead } from '../../model/tape.js';
import { printableLine } from '../../text/text.js';
import { counted, formatDuration } from '../../text/units.js';

const MAX_SHOWN = 10;
const MAX_VALUE_LENGTH = 120;
/** What is shown before the first character that differs. */
const BEFORE = 30;

/** A connection of the session, and what was found. */
export interface ComparedTape {
  head: TapeHead;
  results: ComparedResults;
}

const OUTCOMES: Readonly<Record<ComparedRequest['outcome'] | ComparedNotification['outcome'], string>> = {
  same: 'same      ',
  different: 'DIFFERENT ',
  unanswered: 'NO ANSWER ',
  missing: 'MISSING   ',
  unexpected: 'UNEXPECTED',
};

/** Lines, with line ends: a line for each request, and what differs. */
export function* describeTapes(tapes: readonly ComparedTape[]): Generator<string> {
  for (const [index, { head, results }] of tapes.entries()) {
    if (tapes.length > 1)
      yield `connection ${index + 1} of ${tapes.length}, recorded ${printableLine(head.created_at)}\n`;
    for (const request of results.requests) yield linesOf(describeCompared(request));
    for (const notification of results.notifications) yield linesOf(describeNotification(notification));
    yield linesOf(describeComparison(results));
  }
}

/** One JSON document, in pieces. */
export function* jsonOf(tapes: readonly ComparedTape[]): Generator<string> {
  const json = (value: unknown) => JSON.stringify(value);
  const [first] = tapes;
  const isSame = tapes.every(({ results }) => results.isSame);
  yield `{"server":${json(first?.head.server.name)},"same":${isSame},"connections":[`;
  for (const [index, { head, results }] of tapes.entries()) {
    yield `${index === 0 ? '' : ','}\n{"tape":${json(head.id)},"same":${results.isSame},"requests":[`;
    let isFirst = true;
    for (const { recordedMs, ms, ...request } of results.requests) {
      const times = { recorded_ms: recordedMs, ms: ms === null ? null : Math.round(ms * 1_000) / 1_000 };
      yield `${isFirst ? '' : ','}\n  ${json({ ...request, ...times })}`;
      isFirst = false;
    }
    yield `],"same_notifications":${results.notificationCounts.same},"notifications":[`;
    isFirst = true;
    for (const notification of results.notifications) {
      yield `${isFirst ? '' : ','}\n  ${json(notification)}`;
      isFirst = false;
    }
    yield `],"unexpected":${json(results.unexpected)}}`;
  }
  yield ']}\n';
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** A line for the request, and below it what differs. */
function describeCompared(request: ComparedRequest): string[] {
  const { outcome, differences, problem } = request;
  const title = `${OUTCOMES[outcome]} ${printableLine(titleOf(request))}  ${timesOf(request)}`;
  const lines = [...(problem === null ? [] : [printableLine(problem)]), ...describeDifferences(differences)];
  return [title, ...lines.map((line) => `    ${line}`)];
}

/** A line for a notification that is not the same, and below it the difference, or its content. */
export function describeNotification({ outcome, method, seq, differences, params }: ComparedNotification): string[] {
  const place = seq === null ? '' : `  frame ${seq}`;
  const said = params === null ? [] : [printableLine(excerpt(JSON.stringify(params), 0))];
  const lines = [...said, ...describeDifferences(differences)];
  return [`${OUTCOMES[outcome]} ${printableLine(excerpt(method, 0))}${place}`, ...lines.map((line) => `    ${line}`)];
}

/** `tools/call find` */
export function titleOf({ method, name }: Pick<ComparedRequest, 'method' | 'name'>): string {
  return excerpt(name === null ? method : `${method} ${name}`, 0);
}

/** Lines with a path, the recorded value and the present one, from where they differ. */
export function describeDifferences(differences: readonly Difference[]): string[] {
  const lines = differences.slice(0, MAX_SHOWN).flatMap(({ path, recorded, found }) => {
    const [before, now] = [textOf(recorded), textOf(found)];
    const from = Math.max(0, firstDifference(before, now) - BEFORE);
    return [path, `  recorded ${excerpt(before, from)}`, `  now      ${excerpt(now, from)}`];
  });
  const more = differences.length - MAX_SHOWN;
  return [...lines, ...(more > 0 ? [`and ${counted(more, 'other difference')}`] : [])].map(printableLine);
}

function describeComparison({ requests, requestCounts, notificationCounts, unexpected }: ComparedResults): string[] {
  const asked = [...new Set(unexpected)].map((method) => printableLine(excerpt(method, 0))).join(', ');
  const all = Object.values(notificationCounts).reduce((sum, count) => sum + count, 0);
  return [
    ...(unexpected.length > 0 ? [`The server sent requests that are not in the recording: ${asked}.`] : []),
    ...(all > 0 ? [`${counted(all, 'notification')} compared: ${countsOf(notificationCounts)}.`] : []),
    `${counted(requests.count, 'answer')} compared: ${countsOf(requestCounts)}.`,
  ];
}

const COUNTED: Readonly<Record<string, string>> = { same: 'the same', unanswered: 'without an answer' };

/** `2 the same, 1 different` */
function countsOf(counts: Readonly<Record<string, number>>): string {
  const found = Object.entries(counts).filter(([outcome, count]) => count > 0 || outcome === 'same');
  return found.map(([outcome, count]) => `${count} ${COUNTED[outcome] ?? outcome}`).join(', ');
}

function timesOf({ ms, recordedMs }: ComparedRequest): string {
  return ms === null ? '' : `${formatDuration(ms)} (recorded ${formatDuration(recordedMs)})`;
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function excerpt(text: string, from: number): string {
  const end = from + MAX_VALUE_LENGTH;
  return `${from > 0 ? '…' : ''}${text.slice(from, end)}${end < text.length ? '…' : ''}`;
}
