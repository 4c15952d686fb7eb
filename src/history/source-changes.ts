import { knownSum } from '../base/known-sum.js';
import type { Source } from '../model/source.js';

/** What one source put into one or several requests. */
export interface Amount {
  tokens: number;
  /** US dollars; null without a known price. */
  costUsd: number | null;
}

/** The change of one source. Sums are over all requests that were attributed again. */
export interface SourceChange {
  source: Source;
  /** Requests in which its tokens or cost changed. */
  requests: number;
  before: Amount;
  after: Amount;
}

/** Costs are sums of binary fractions, so smaller differences do not count. */
const SAME_USD = 1e-9;

/** Sums the sources of requests before and after. */
export class SourceChanges {
  readonly #sums = new Map<Source, SourceChange>();

  /** Adds one request. */
  add(before: readonly (Amount & { source: Source })[], after: readonly (Amount & { source: Source })[]): void {
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

  /** Changed sources, by the number of tokens gained or lost. */
  changed(): SourceChange[] {
    const moved = ({ before, after }: SourceChange) => Math.abs(after.tokens - before.tokens);
    return [...this.#sums.values()]
      .filter(({ requests }) => requests > 0)
      .sort((a, b) => moved(b) - moved(a) || (a.source < b.source ? -1 : 1));
  }
}

const NOTHING: Amount = { tokens: 0, costUsd: null };

function bySource(amounts: readonly (Amount & { source: Source })[]): Map<Source, Amount> {
  const sums = new Map<Source, Amount>();
  for (const amount of amounts) sums.set(amount.source, plus(sums.get(amount.source) ?? NOTHING, amount));
  return sums;
}

function plus(a: Amount, b: Amount): Amount {
  return { tokens: a.tokens + b.tokens, costUsd: knownSum([a.costUsd, b.costUsd]) };
}

function isSame(a: Amount, b: Amount): boolean {
  if (a.tokens !== b.tokens || (a.costUsd === null) !== (b.costUsd === null)) return false;
  return Math.abs((a.costUsd ?? 0) - (b.costUsd ?? 0)) < SAME_USD;
}
