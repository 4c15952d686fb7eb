import type { Source } from '../model/source.js';

/** What one source put into a request, or into several. */
export interface Put {
  tokens: number;
  /** US dollars; null when no price is known. */
  costUsd: number | null;
}

/** What attributing again has changed about one source. Sums are over all requests that were attributed again. */
export interface SourceChange {
  source: Source;
  /** Requests in which it has other tokens or another cost than before. */
  requests: number;
  before: Put;
  after: Put;
}

/** Costs are sums of binary fractions: below a nano-dollar they are the same. */
const SAME_USD = 1e-9;

/** Adds up what requests are made of, before and after. */
export class SourceChanges {
  readonly #sums = new Map<Source, SourceChange>();

  /** One request. */
  add(before: readonly (Put & { source: Source })[], after: readonly (Put & { source: Source })[]): void {
    const [old, fresh] = [bySource(before), bySource(after)];
    for (const source of new Set([...old.keys(), ...fresh.keys()])) {
      const [was, is] = [old.get(source) ?? NOTHING, fresh.get(source) ?? NOTHING];
      const sum = this.#sums.get(source) ?? { source, requests: 0, before: NOTHING, after: NOTHING };
      this.#sums.set(source, {
        source,
        requests: sum.requests + (isSame(was, is) ? 0 : 1),
        before: plus(sum.before, was),
        after: plus(sum.after, is),
      });
    }
  }

  /** Sources that changed, the one with the most tokens gained or lost first. */
  changed(): SourceChange[] {
    const moved = ({ before, after }: SourceChange) => Math.abs(after.tokens - before.tokens);
    return [...this.#sums.values()]
      .filter(({ requests }) => requests > 0)
      .sort((a, b) => moved(b) - moved(a) || (a.source < b.source ? -1 : 1));
  }
}

const NOTHING: Put = { tokens: 0, costUsd: null };

function bySource(puts: readonly (Put & { source: Source })[]): Map<Source, Put> {
  const sums = new Map<Source, Put>();
  for (const put of puts) sums.set(put.source, plus(sums.get(put.source) ?? NOTHING, put));
  return sums;
}

function plus(a: Put, b: Put): Put {
  const costUsd = a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + (b.costUsd ?? 0);
  return { tokens: a.tokens + b.tokens, costUsd };
}

function isSame(a: Put, b: Put): boolean {
  if (a.tokens !== b.tokens || (a.costUsd === null) !== (b.costUsd === null)) return false;
  return Math.abs((a.costUsd ?? 0) - (b.costUsd ?? 0)) < SAME_USD;
}
