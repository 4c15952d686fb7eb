import { isRecord } from '../../base/json.js';
import type { CacheSplit, Solution } from '../../model/segment.js';
import type { CacheMiss } from '../../model/thread.js';
import type { Usage } from '../../model/usage.js';
import { inputCost } from '../cost/cache-split.js';
import type { Prices } from '../cost/prices.js';
import type { WeighedPiece } from '../tokens/weigh.js';

/** A billed request, as the cache sees it. */
export interface CachedRequest {
  /** What the model read, in cache order. */
  pieces: readonly (Pick<WeighedPiece, 'hash' | 'source' | 'path'> & { tokens: number })[];
  /** JSON of each of PARAMETERS. */
  parameters: readonly (string | undefined)[];
  usage: Usage;
  model: string | null;
  /** Unix ms of its last use: reading an entry keeps it. */
  at: number;
  /** Some of the thread was written for an hour. */
  hour: boolean;
}

/** What the cache depends on besides the text: https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
const PARAMETERS = ['model', 'tool_choice', 'thinking'] as const;
const MINUTE_MS = 60_000;
/** How long an entry lives after its last use. */
const [FIVE_MINUTES, ONE_HOUR] = [5 * MINUTE_MS, 60 * MINUTE_MS];
/** Where a request lost part of the conversation, the rest is estimated: a smaller share than this is not a loss. */
const MIN_LOSS = 0.05;

interface BilledBody {
  body: unknown;
  usage: Usage;
  model: string | null;
  at: number;
  /** The request before it in its thread. */
  before: CachedRequest | null;
}

export function cachedRequest(
  pieces: readonly WeighedPiece[],
  { tokens, cleared }: Solution,
  { body, before, ...billed }: BilledBody,
): CachedRequest {
  const gone = new Set(cleared);
  const read = pieces.flatMap(({ hash, source, path, unread }, index) =>
    unread === null && !gone.has(index) ? [{ hash, source, path, tokens: tokens[index] ?? 0 }] : [],
  );
  const parameters = PARAMETERS.map((name) => (isRecord(body) ? jsonOf(body[name]) : undefined));
  return { ...billed, pieces: read, parameters, hour: billed.usage.cacheWrite1h > 0 || before?.hour === true };
}

/** A cached request after a side call has also read its cache. */
export function usedBy(cached: CachedRequest, call: CachedRequest): CachedRequest {
  const used = call.model === cached.model && call.usage.cacheRead > 0;
  return used ? { ...cached, at: Math.max(cached.at, call.at) } : cached;
}

/**
 * Why a request read less from the cache than it could, and what that cost at its own price; null when it read everything
 * that it shares with the cached prefix of the request before it in its thread. A difference within that prefix breaks the
 * cache from there on.
 */
export function findCacheMiss(before: CachedRequest, now: CachedRequest, price: Prices | null): CacheMiss | null {
  // It was sent before the other one had written to the cache.
  if (now.at < before.at) return null;
  const cached = cachedTokens(before.usage);
  const changed = firstChange(before, now, cached);
  const kept = changed === null ? cached : keptTokens(before, now, cached);
  const lostTokens = kept - now.usage.cacheRead;
  if (lostTokens <= (changed === null ? 0 : MIN_LOSS * kept)) return null;

  const loss = { lostTokens, lostUsd: costOfLoss(lostTokens, now, price) };
  const parameters = PARAMETERS.filter((_, index) => before.parameters[index] !== now.parameters[index]);
  // Each model has its own cache, so nothing else matters.
  if (parameters.includes('model') || (changed === null && parameters.length > 0)) {
    return { cause: 'parameters', source: null, path: null, detail: parameters.join(', '), ...loss };
  }
  if (changed !== null) {
    const { source, path } = changed;
    return { cause: 'changed', source, path, detail: null, ...loss };
  }
  const idle = now.at - before.at;
  // Of a prefix that was partly read, the part for an hour is alive and the part for five minutes has expired.
  const life = before.hour && now.usage.cacheRead === 0 ? ONE_HOUR : FIVE_MINUTES;
  const detail = `${Math.round(idle / MINUTE_MS)} min after the last use`;
  return { cause: idle > life ? 'expired' : 'unknown', source: null, path: null, detail, ...loss };
}

function cachedTokens({ cacheRead, cacheWrite5m, cacheWrite1h }: Usage): number {
  return cacheRead + cacheWrite5m + cacheWrite1h;
}

/** The tokens of the cached pieces that the request still holds: a compaction or a rewind is not a cache miss. */
function keptTokens(before: CachedRequest, now: CachedRequest, cached: number): number {
  const held = new Set(now.pieces.map(({ hash }) => hash));
  let position = 0;
  let kept = 0;
  for (const { hash, tokens } of before.pieces) {
    position += tokens;
    if (position > cached) break;
    if (held.has(hash)) kept += tokens;
  }
  return kept;
}

/** Undefined for JSON nested deeper than the stack, which no setting is. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The first piece that differs within the cached prefix: the new one, or the old one where it was removed. */
function firstChange(
  before: CachedRequest,
  now: CachedRequest,
  cached: number,
): CachedRequest['pieces'][number] | null {
  let position = 0;
  for (const [index, piece] of before.pieces.entries()) {
    if (position >= cached) return null;
    position += piece.tokens;
    const instead = now.pieces[index];
    if (instead?.hash === piece.hash) continue;
    const wasRemoved = before.pieces.slice(index + 1).some(({ hash }) => hash === instead?.hash);
    return instead === undefined || wasRemoved ? piece : instead;
  }
  return null;
}

/** What the lost tokens cost more than reading them. They are right behind what was read, so writes come first. */
function costOfLoss(lost: number, { usage }: CachedRequest, price: Prices | null): number | null {
  let left = lost;
  const take = (available: number): number => {
    const taken = Math.min(left, available);
    left -= taken;
    return taken;
  };
  const billed: CacheSplit = {
    read: 0,
    write1h: take(usage.cacheWrite1h),
    write5m: take(usage.cacheWrite5m),
    uncached: take(usage.uncached),
  };
  const paid = inputCost(billed, price);
  return price === null || paid === null ? null : paid - (lost - left) * price.read;
}
