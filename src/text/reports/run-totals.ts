import { describeFigures, type RequestFigures } from '../request-totals.js';
import { printableLine } from '../text.js';
import { formatPercent } from '../units.js';

/** The figures of one run of `wrap`. */
export interface RunTotals extends RequestFigures {
  tokensBySource: ReadonlyMap<string, number>;
}

/** Sources that the sentence names. */
const MAX_SOURCES = 3;

/** `12 requests (1 failed), 182.3k tokens in (93 % cached), 4.1k out, $0.41; most from mcp:serena 22 %`. */
export function describeRun({ tokensBySource, ...figures }: RunTotals): string {
  const top = heaviestSources(tokensBySource).map(
    ([source, share]) => `${printableLine(source)} ${formatPercent(share)}`,
  );
  return describeFigures(figures).join(', ') + (top.length > 0 ? `; most from ${top.join(', ')}` : '');
}

function heaviestSources(tokens: ReadonlyMap<string, number>): [source: string, share: number][] {
  const total = [...tokens.values()].reduce((all, each) => all + each, 0);
  if (total === 0) return [];
  return [...tokens]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_SOURCES)
    .map(([source, count]) => [source, count / total]);
}
