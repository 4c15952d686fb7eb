import type { ConversationStep } from '../../history/conversation-steps.js';
import { isFailed } from '../../model/exchange.js';
import type { RequestSummary } from '../../model/request.js';
import { describeCacheMiss } from '../../text/cache-miss.js';
import { formatCost, formatInput, formatOutput, outcomeOf } from '../../text/request-figures.js';
import { formatDuration, formatPercent, shareOf } from '../../text/units.js';

/** A request in the document of a conversation. */
export interface ConversationEntry {
  /** From 1. */
  number: number;
  row: RequestSummary;
  /** What it adds to its conversation; null for a side call, and where it cannot be read. */
  step: ConversationStep | null;
}

/** `agent scout`, `side call (title)`; null for the main conversation. */
export function entryKind({ agentId: agent, purpose, kind }: RequestSummary): string | null {
  if (agent !== null) return `agent ${agent}`;
  if (purpose === 'main' || purpose === null) return kind === 'messages' ? null : `request (${kind})`;
  return `side call (${purpose})`;
}

/** `24.1k tokens in (96 % cached), 320 out, $0.0123, 3.4 s`. */
export function entryFigures(row: RequestSummary): string {
  const { tokens } = row;
  const cached = tokens.known === 'exact' ? ` (${formatPercent(shareOf(tokens.cacheRead, tokens.input))} cached)` : '';
  return [
    `${formatInput(tokens)} tokens in${cached}`,
    `${formatOutput(tokens)} out`,
    formatCost(row),
    ...(row.latencyMs === null ? [] : [formatDuration(row.latencyMs)]),
  ].join(', ');
}

/** What a reader should know before the texts. */
export function entryNotes({ row, step }: ConversationEntry): string[] {
  const notes = [...(step?.problems ?? [])];
  if (row.continuation === 'compacted') notes.push('The conversation was compacted: a summary took its place.');
  if (row.cacheMiss !== null) notes.push(`Cache missed: ${describeCacheMiss(row.cacheMiss)}.`);
  if (row.state !== 'complete') {
    const reason = row.error === null ? '' : `: ${row.error}`;
    notes.push(`${isFailed(row.state) ? 'Failed' : 'Ended'} (${outcomeOf(row)})${reason}.`);
  }
  return notes;
}
