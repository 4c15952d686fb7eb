import type { RequestSummary } from '../../model/request.js';
import { formatCost, formatInput, formatOutput, outcomeOf } from '../request-figures.js';
import { printableLine } from '../text.js';
import { formatDuration, formatPercent, formatTime, shareOf } from '../units.js';

/** A call of the Messages API that has ended. Telemetry, sign-in and the like are not worth a line. */
export function isLive({ kind, latencyMs }: RequestSummary): boolean {
  return latencyMs !== null && (kind === 'messages' || kind === 'count_tokens');
}

/** What `wrap --live` prints for a finished request. */
export function liveLine(row: RequestSummary, now: Date): string {
  const { tokens } = row;
  const fields = [
    formatTime(row.timestamp, now),
    row.purpose === null || row.purpose === 'main' ? row.kind : row.purpose,
    row.model ?? row.url,
    row.state === 'complete' || row.error === null ? outcomeOf(row) : `${outcomeOf(row)} (${row.error})`,
  ];
  if (tokens.input !== null) {
    const cached = shareOf(tokens.cacheRead, tokens.input);
    const share = cached === null ? '' : ` (${formatPercent(cached)} cached)`;
    fields.push(`${formatInput(tokens)} in${share}`, `${formatOutput(tokens)} out`);
  }
  if (row.costUsd !== null) fields.push(formatCost(row));
  if (row.ttftMs !== null) fields.push(`first token ${formatDuration(row.ttftMs)}`);
  if (row.latencyMs !== null) fields.push(formatDuration(row.latencyMs));
  if (row.cacheMiss !== null) fields.push(`cache missed at ${row.cacheMiss.source ?? row.cacheMiss.cause}`);
  const top = [...row.sources].sort((a, b) => b.tokens - a.tokens).slice(0, 3);
  if (top.length > 0) fields.push(`← ${top.map((each) => `${each.source} ${formatPercent(each.share)}`).join(', ')}`);
  return printableLine(fields.join('  '));
}
