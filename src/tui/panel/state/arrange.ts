import type { McpCallRow } from '../../../model/mcp-rows.js';
import type { SessionSummary } from '../../../model/session.js';
import type { Stats } from '../../../store/index.js';
import { callName, mcpWord } from '../../../text/mcp-figures.js';
import { sourceName } from '../source-name.js';
import type { Arrangement, CallSort, SessionSort, SourceSort } from './state.js';

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

/** The calls whose server, tool, state or form contains the text, in their order. */
export function arrangedCalls(
  rows: readonly McpCallRow[],
  { text, sort }: Arrangement<CallSort>,
): readonly McpCallRow[] {
  const chosen = rows.filter((row) =>
    contains(
      text,
      row.server,
      callName(row),
      mcpWord(row.state),
      row.delivery === null ? '' : mcpWord(row.delivery.form),
    ),
  );
  if (sort === 'time') return chosen;
  const amountOf = (row: McpCallRow) => (sort === 'latency' ? row.latencyMs : row.tokensSaid) ?? -1;
  return chosen.toSorted((a, b) => amountOf(b) - amountOf(a));
}

export function contains(text: string | undefined, ...values: readonly string[]): boolean {
  return text === undefined || values.some((value) => value.toLowerCase().includes(text.toLowerCase()));
}
