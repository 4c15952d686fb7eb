import { contextWindow } from '../attribution/index.js';
import type { ExchangeState } from '../model/exchange.js';
import type { RequestSummary, SourceTotal } from '../model/request.js';
import { type GroupTotal, groupTotals } from '../model/source-group.js';
import type { CacheMiss, Continuation } from '../model/thread.js';
import type { ConversationRequest, Reader } from '../store/index.js';

/** One request of a conversation: what fills its context, and what changed since the one before. */
export interface ContextPoint {
  /** The place among the requests of the conversation, from 1. */
  number: number;
  id: string;
  timestamp: Date;
  model: string | null;
  state: ExchangeState;
  continuation: Continuation | null;
  /** Input tokens; null where they are not known. */
  tokens: number | null;
  /** exact: billed; estimated: not billed; null: not known. */
  known: 'exact' | 'estimated' | null;
  /** The part of the tokens that was read from the cache; null where nothing was billed. */
  cacheReadTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  /** The cost contains an estimate, or is incomplete. */
  costIsEstimate: boolean;
  /** How attribution divides the tokens among groups, the largest first; empty where the request was not attributed. */
  groups: GroupTotal<SourceTotal>[];
  /** Context window of the model as Claude Code uses it; null where it is unknown. */
  window: number | null;
  /** Before this request a summary replaced the conversation. */
  compaction: Compaction | null;
  cacheMiss: CacheMiss | null;
}

export interface Compaction {
  /** Input of the request before; null where it is not known. */
  tokensBefore: number | null;
  /** Cost of the calls that made the summary; null where none was captured, or their price is not known. */
  costUsd: number | null;
}

/** A request of a conversation, before its row is read. */
export interface ContextPlace extends Pick<ConversationRequest, 'id' | 'inputTokens' | 'lostTokens'> {
  number: number;
  compaction: Compaction | null;
}

/**
 * The requests of a conversation, numbered. The cost of a compaction is given to the request that continues from its summary.
 * @param conversation whole, as `reader.conversation` gives it
 */
export function contextPlaces(conversation: readonly ConversationRequest[]): ContextPlace[] {
  const places: ContextPlace[] = [];
  let tokensBefore: number | null = null;
  let summaryUsd: number | null = null;
  for (const { id, purpose, continuation, inputTokens, costUsd, lostTokens } of conversation) {
    if (purpose === 'compaction') {
      if (costUsd !== null) summaryUsd = (summaryUsd ?? 0) + costUsd;
      continue;
    }
    const compaction = continuation === 'compacted' ? { tokensBefore, costUsd: summaryUsd } : null;
    if (compaction !== null) summaryUsd = null;
    places.push({ number: places.length + 1, id, inputTokens, lostTokens, compaction });
    tokensBefore = inputTokens ?? tokensBefore;
  }
  return places;
}

/**
 * A selection of places, in their order: the first and the last, compactions with the request before them, the most expensive
 * cache misses, and others at even distances.
 * @param max number of places; at least 2
 */
export function sampledPlaces(places: readonly ContextPlace[], max: number): readonly ContextPlace[] {
  if (places.length <= max) return places;
  const last = places.length - 1;
  const compacted = places.flatMap(({ compaction }, index) => (compaction === null ? [] : [index - 1, index]));
  const missed = places
    .flatMap(({ lostTokens }, index) => (lostTokens === null ? [] : [{ index, lostTokens }]))
    .toSorted((a, b) => b.lostTokens - a.lostTokens)
    .map(({ index }) => index);
  // The other half shows how the context grew between these.
  const notable = [0, last, ...compacted, ...missed].filter((index) => index >= 0).slice(0, Math.max(2, max >> 1));
  const rest = max - notable.length;
  const even = Array.from({ length: rest }, (_, step) => Math.round(((step + 1) * last) / (rest + 1)));
  const chosen = new Set([...notable, ...even]);
  return [...chosen].toSorted((a, b) => a - b).flatMap((index) => places[index] ?? []);
}

/** Rows read at a time: some hundred kilobytes. */
const BATCH_ROWS = 200;

/** The points at these places, in the order given; those that retention has removed in the meantime are left out. */
export function readContextPoints(reader: Reader, places: readonly ContextPlace[]): ContextPoint[] {
  const points: ContextPoint[] = [];
  for (let from = 0; from < places.length; from += BATCH_ROWS) {
    const batch = places.slice(from, from + BATCH_ROWS);
    const ids = batch.map(({ id }) => id);
    const rows = new Map(reader.rows(ids).map((row) => [row.id, row]));
    const betas = reader.headerValues(ids, 'anthropic-beta');
    for (const place of batch) {
      const row = rows.get(place.id);
      if (row !== undefined) points.push(pointOf(place, row, betas.get(place.id) ?? ''));
    }
  }
  return points;
}

function pointOf({ number, compaction }: ContextPlace, row: RequestSummary, betas: string): ContextPoint {
  const { tokens } = row;
  return {
    number,
    id: row.id,
    timestamp: row.timestamp,
    model: row.model,
    state: row.state,
    continuation: row.continuation,
    tokens: tokens.input,
    known: tokens.known,
    cacheReadTokens: tokens.known === 'exact' ? tokens.cacheRead : null,
    outputTokens: tokens.output,
    costUsd: row.costUsd,
    costIsEstimate: tokens.outputKnown !== 'exact' || row.unpriced.length > 0,
    groups: groupTotals(row.sources),
    window: contextWindow(row.model, betas, tokens.input ?? 0),
    compaction,
    cacheMiss: row.cacheMiss,
  };
}
