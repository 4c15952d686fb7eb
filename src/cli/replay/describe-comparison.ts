import type { ComparedRequest } from '../../mcp/replay/client/compare-session.js';
import type { Difference } from '../../mcp/replay/differences.js';
import { printableLine } from '../../text/text.js';
import { counted, formatDuration } from '../../text/units.js';

const MAX_SHOWN = 10;
const MAX_VALUE_LENGTH = 120;
/** What is shown before the first character that differs. */
const BEFORE = 30;

const OUTCOMES: Readonly<Record<ComparedRequest['outcome'], string>> = {
  same: 'same      ',
  different: 'DIFFERENT ',
  unanswered: 'NO ANSWER ',
};

/** A line for the request, and below it what differs. */
export function describeCompared(request: ComparedRequest): string[] {
  const { outcome, differences, problem } = request;
  const title = `${OUTCOMES[outcome]} ${printableLine(titleOf(request))}  ${timesOf(request)}`;
  return [
    title,
    ...[...(problem === null ? [] : [problem]), ...describeDifferences(differences)].map((line) => `    ${line}`),
  ];
}

/** `tools/call find` */
export function titleOf({ method, name }: ComparedRequest): string {
  return name === null ? method : `${method} ${name}`;
}

/** Lines with a path, the recorded value and the present one, from where they differ. */
export function describeDifferences(differences: readonly Difference[]): string[] {
  const lines = differences.slice(0, MAX_SHOWN).flatMap(({ path, recorded, found }) => {
    const [before, now] = [jsonOf(recorded), jsonOf(found)];
    const from = Math.max(0, firstDifference(before, now) - BEFORE);
    return [path, `  recorded ${excerpt(before, from)}`, `  now      ${excerpt(now, from)}`];
  });
  const more = differences.length - MAX_SHOWN;
  return [...lines, ...(more > 0 ? [`and ${counted(more, 'other difference')}`] : [])].map(printableLine);
}

export function describeComparison(requests: readonly ComparedRequest[], unexpected: readonly string[]): string[] {
  const count = (outcome: ComparedRequest['outcome']) => requests.filter((each) => each.outcome === outcome).length;
  const parts = [
    `${count('same')} the same`,
    ...(count('different') > 0 ? [`${count('different')} different`] : []),
    ...(count('unanswered') > 0 ? [`${count('unanswered')} without an answer`] : []),
  ];
  const asked = [...new Set(unexpected)].map(printableLine).join(', ');
  return [
    ...(unexpected.length > 0 ? [`The server sent requests that are not in the recording: ${asked}.`] : []),
    `${counted(requests.length, 'answer')} compared: ${parts.join(', ')}.`,
  ];
}

function timesOf({ ms, recordedMs }: ComparedRequest): string {
  return ms === null ? '' : `${formatDuration(ms)} (recorded ${formatDuration(recordedMs)})`;
}

function jsonOf(value: unknown): string {
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
