import type { CacheSplit } from '../../model/segment.js';
import type { CacheMiss } from '../../model/thread.js';
import { billedInput, type Usage } from '../../model/usage.js';
import { inputCost } from '../cost/cost.js';
import { type PriceOverrides, pricesFor } from '../cost/prices.js';
import { isObject } from '../json.js';
import type { WeighedPiece } from '../tokens/weigh.js';

/** A billed request, as the cache sees it. */
export interface CachedRequest {
  /** What the model read, in cache order. */
  pieces: readonly (Pick<WeighedPiece, 'hash' | 'source' | 'path'> & { tokens: number })[];
  /** JSON of each parameter the cache hangs on. */
  parameters: readonly (string | undefined)[];
  usage: Usage;
  model: string | null;
  /** Unix ms. */
  at: number;
}

/** What the cache hangs on beside the text: https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
const PARAMETERS = ['model', 'tool_choice', 'thinking'] as const;
const MINUTE_MS = 60_000;
/** An entry lives from its last use; one that was read shortly before its end may still be gone when the answer is done. */
const [FIVE_MINUTES, ONE_HOUR] = [5 * MINUTE_MS, 60 * MINUTE_MS];

/** @param tokens billed tokens of each piece */
export function cachedRequest(
  pieces: readonly WeighedPiece[],
  tokens: readonly number[],
  { body, ...billed }: { body: unknown; usage: Usage; model: string | null; at: number },
): CachedRequest {
  const read = pieces.flatMap(({ hash, source, path, unread, content }, index) =>
    unread === null && content !== '' ? [{ hash, source, path, tokens: tokens[index] ?? 0 }] : [],
  );
  const parameters = PARAMETERS.map((name) => (isObject(body) ? JSON.stringify(body[name]) : undefined));
  return { ...billed, pieces: read, parameters };
}

/**
 * Why a request read less from the cache than the one before it in its thread had left there, and what that cost; null when
 * it read all of it. Whatever stands before the end of the cached prefix and is different breaks the cache from there on.
 */
export function findCacheMiss(before: CachedRequest, now: CachedRequest, prices: PriceOverrides): CacheMiss | null {
  const cached = cachedTokens(before.usage);
  const lostTokens = cached - now.usage.cacheRead;
  if (lostTokens <= 0) return null;
  const lostUsd = costOfLoss(lostTokens, now, prices);

  const changed = firstChange(before, now, cached);
  if (changed !== null) {
    const { source, path } = changed;
    return { cause: 'changed', source, path, detail: null, lostTokens, lostUsd };
  }
  const parameters = PARAMETERS.filter((_, index) => before.parameters[index] !== now.parameters[index]);
  const nothing = { source: null, path: null, lostTokens, lostUsd };
  if (parameters.length > 0) return { cause: 'parameters', detail: parameters.join(', '), ...nothing };
  const idle = now.at - before.at;
  const expired = idle > (before.usage.cacheWrite1h > 0 ? ONE_HOUR : FIVE_MINUTES);
  const detail = `${Math.round(idle / MINUTE_MS)} min after the last request`;
  return { cause: expired ? 'expired' : 'unknown', detail, ...nothing };
}

function cachedTokens({ cacheRead, cacheWrite5m, cacheWrite1h }: Usage): number {
  return cacheRead + cacheWrite5m + cacheWrite1h;
}

/** The first piece within the cached prefix that is not as it was; one that was taken out is told by what it was. */
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
    const goesOn = before.pieces.slice(index + 1).some(({ hash }) => hash === instead?.hash);
    return instead === undefined || goesOn ? piece : instead;
  }
  return null;
}

/** What the lost tokens cost more than reading them: they stand right behind what was read, so writes come first. */
function costOfLoss(lost: number, { usage, model, at }: CachedRequest, prices: PriceOverrides): number | null {
  const price = pricesFor(model, billedInput(usage), at, prices);
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
