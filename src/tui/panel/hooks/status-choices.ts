import { type ExchangeState, isFailed } from '../../../model/exchange.js';
import type { OutcomeCount } from '../../../store/index.js';
import type { Choice } from '../state/choice.js';

/** Values of the filter `status` other than codes, and their meaning. */
const WORDS: readonly (readonly [status: string, means: string, matches: (state: ExchangeState) => boolean])[] = [
  ['complete', 'ok, answered in full', (state) => state === 'complete'],
  ['error', 'failed, cut off or interrupted', isFailed],
  ['aborted', 'stopped by the client', (state) => state === 'aborted'],
  ['open', 'not answered yet', (state) => state === 'open'],
  ['cut_off', 'the answer ended too early', (state) => state === 'cut_off'],
  ['failed', 'no answer, or an error in its place', (state) => state === 'failed'],
  ['interrupted', 'claude-trace ended before the answer', (state) => state === 'interrupted'],
];

/**
 * The statuses that occur, with the number of their requests.
 * @param chosen the current filter
 */
export function statusChoices(outcomes: readonly OutcomeCount[], chosen: string | undefined): Choice[] {
  const codes = [...new Set(outcomes.flatMap(({ status }) => status ?? []))].toSorted((a, b) => a - b);
  const classes = [...new Set(codes.filter((code) => code >= 400).map((code) => Math.floor(code / 100)))];
  const rows = [
    ...WORDS.map(([status, means, matches]) =>
      row(
        status,
        means,
        sum(({ state }) => matches(state)),
      ),
    ),
    ...classes.map((each) =>
      row(
        `${each}xx`,
        '',
        sum(({ status }) => Math.floor((status ?? 0) / 100) === each),
      ),
    ),
    ...codes.map((code) =>
      row(
        String(code),
        '',
        sum(({ status }) => status === code),
      ),
    ),
  ].filter(({ figures: [count] }) => count !== '0');
  if (chosen === undefined) return rows;
  return [{ name: 'every status', figures: [''], intent: { type: 'query', change: { status: undefined } } }, ...rows];

  function sum(counts: (outcome: OutcomeCount) => boolean): number {
    return outcomes.filter(counts).reduce((total, { requests }) => total + requests, 0);
  }
}

function row(status: string, means: string, requests: number): Choice {
  return {
    name: means === '' ? status : `${status}: ${means}`,
    figures: [String(requests)],
    intent: { type: 'query', change: { status } },
  };
}
