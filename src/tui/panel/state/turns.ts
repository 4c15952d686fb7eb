import type { RequestFilter } from '../../../store/index.js';
import { rowAt } from './loaded-rows.js';
import { filterOf, type PanelState, type Query } from './state.js';

/** Requests are shown under their prompts where they are in the order of time, and none of a turn is filtered out. */
export function hasTurns({ query: { sort, text, source, status } }: Pick<PanelState, 'query'>): boolean {
  return sort === 'time' && text === undefined && source === undefined && status === undefined;
}

/** Side calls are hidden only where the lines of turns count them. */
export function hidesSideCalls(query: Query): boolean {
  return hasTurns({ query }) && query.sideCalls !== 'shown';
}

/** The requests with a row in the list. */
export function listFilter(query: Query): RequestFilter {
  return { ...filterOf(query), sideCalls: !hidesSideCalls(query) };
}

/** The turn of a row of the list; null if it belongs to none, or is not loaded. */
export function turnAt({ loaded }: PanelState, index: number): string | null {
  return rowAt(loaded, index)?.turnId ?? null;
}

/** Whether a row of the list belongs to another turn than the row above it. */
export function isTurnEdge(state: PanelState, index: number): boolean {
  return hasTurns(state) && index > 0 && turnAt(state, index) !== turnAt(state, index - 1);
}

/** Whether a row has the line of its prompt above it if it is the first on the screen. */
export function isInTurn(state: PanelState, index: number): boolean {
  return hasTurns(state) && turnAt(state, index) !== null;
}

/** The number of turns that the rows from `from` to before `to` belong to: lines above them. */
export function turnLines(state: PanelState, from: number, to: number): number {
  let lines = isInTurn(state, from) ? 1 : 0;
  for (let index = from + 1; index < to; index += 1) if (isTurnEdge(state, index)) lines += 1;
  return lines;
}
