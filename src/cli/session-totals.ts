import type { ProxyFact, ProxyFailure } from '../proxy/index.js';
import type { RequestRow } from '../store/index.js';
import { formatDollars, formatPercent, formatTokens } from './format/units.js';

/** Figures of one traced session, kept while rows are committed; the last state of each request counts. */
export class SessionTotals {
  readonly #rows = new Map<string, RequestRow>();
  readonly #failures: ProxyFailure[] = [];
  /** `host:port` of connections that were opened for a client. */
  readonly #reached = new Set<string>();
  #intercepted = 0;

  add(rows: readonly RequestRow[]): void {
    for (const row of rows) this.#rows.set(row.id, row);
  }

  note(fact: ProxyFact): void {
    if (fact.type === 'intercepted') this.#intercepted += 1;
    if (fact.type === 'intercepted' || fact.type === 'tunnelled') this.#reached.add(`${fact.host}:${fact.port}`);
    if (fact.type === 'failed') this.#failures.push(fact.failure);
  }

  /** True when no connection was read: the command did not use the proxy, or never called the API. */
  get nothingSeen(): boolean {
    return this.#intercepted === 0 && this.#rows.size === 0;
  }

  /** What failed on the way to and from the proxy: each sentence, and how often it came. */
  failures(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const failure of this.#failures) {
      if (!this.#isFalseAlarm(failure)) counts.set(failure.message, (counts.get(failure.message) ?? 0) + 1);
    }
    return counts;
  }

  /**
   * curl and git ask without credentials first, and show them when they are asked to: where a later try went through, the
   * first was no failure. A client that goes silently after the handshake may distrust us, or have changed its mind: Claude
   * Code 2.0.30 now and then drops a connection that way. Where others of the same host were read, that is the better guess.
   */
  #isFalseAlarm({ kind, code, target }: ProxyFailure): boolean {
    if (kind === 'unauthenticated') return this.#reached.has(target ?? '');
    if (kind !== 'client_untrusting' || code?.startsWith('ERR_SSL')) return false;
    return [...this.#rows.values()].some((row) => target?.startsWith(`${row.host}:`));
  }

  /** `12 requests (1 failed), 182.3k tokens in (93 % from cache), 4.1k out, $0.41; most from mcp:serena (22 %)`. */
  describe(): string {
    const rows = [...this.#rows.values()].filter((row) => row.kind === 'messages');
    const failed = rows.filter((row) => row.error !== null).length;
    const input = sum(rows, (row) => row.tokens.input);
    const cached = sum(rows, (row) => row.tokens.cache_read);
    const output = sum(rows, (row) => row.tokens.output);
    const costs = rows.map((row) => row.cost_usd).filter((cost) => cost !== null);
    const parts = [
      `${rows.length} ${rows.length === 1 ? 'request' : 'requests'}${failed > 0 ? ` (${failed} failed)` : ''}`,
      `${formatTokens(input)} tokens in${input > 0 ? ` (${formatPercent(cached / input)} from cache)` : ''}`,
      `${formatTokens(output)} out`,
    ];
    if (costs.length > 0) parts.push(formatDollars(costs.reduce((total, cost) => total + cost, 0)));
    const top = heaviestSources(rows).map(([source, share]) => `${source} ${formatPercent(share)}`);
    return parts.join(', ') + (top.length > 0 ? `; most from ${top.join(', ')}` : '');
  }
}

function sum(rows: readonly RequestRow[], pick: (row: RequestRow) => number | null): number {
  return rows.reduce((total, row) => total + (pick(row) ?? 0), 0);
}

function heaviestSources(rows: readonly RequestRow[]): [source: string, share: number][] {
  const tokens = new Map<string, number>();
  for (const { sources } of rows) {
    for (const each of sources) tokens.set(each.source, (tokens.get(each.source) ?? 0) + each.tokens);
  }
  const total = [...tokens.values()].reduce((all, each) => all + each, 0);
  if (total === 0) return [];
  return [...tokens]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([source, count]) => [source, count / total]);
}
