import type { SessionSummary } from '../../../model/session.js';
import type { Stats } from '../../../store/index.js';
import { sourceName } from '../lines/source-name.js';
import type { Arrangement, SessionSort, SourceSort } from './state.js';

/** The sources whose name contains the text; they are sorted already. */
export function arrangedSources(stats: Stats, { text }: Arrangement<SourceSort>): Stats {
  return { ...stats, rows: stats.rows.filter(({ key }) => contains(text, sourceName(key ?? ''))) };
}

/** The sessions that contain the text, in their order. */
export function arrangedSessions(
  rows: readonly SessionSummary[],
  { text, sort }: Arrangement<SessionSort>,
): readonly SessionSummary[] {
  const chosen = rows.filter(({ id, cwd, models }) => contains(text, id, cwd, ...models));
  if (sort === 'last seen') return chosen;
  const figure = { cost: 'costUsd', requests: 'requests', input: 'inputTokens' } as const;
  const amountOf = (row: SessionSummary) => row[figure[sort]] ?? -1;
  return chosen.toSorted((a, b) => amountOf(b) - amountOf(a));
}

function contains(text: string | undefined, ...values: readonly string[]): boolean {
  return text === undefined || values.some((value) => value.toLowerCase().includes(text.toLowerCase()));
}
