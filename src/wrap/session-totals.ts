import { RecentMap } from '../base/recent-map.js';
import { isFailed } from '../model/exchange.js';
import type { RequestSummary } from '../model/request.js';
import type { ProxyFact, ProxyFailure } from '../proxy/index.js';
import type { RunTotals } from '../text/reports/run-totals.js';
import type { Obstacle } from './obstacles.js';

/** Rows that are kept because they may still change. Earlier answered requests change no more. */
const RECENT = 100;
/** Requests that are known to be in the sums: a row that is stored again is not counted again. */
const MAX_SUMMED = 10_000;
/** Different failures that are counted. A run may last for days, and the closing lines name only a few. */
const MAX_FAILURES = 1_000;

/** The figures of a summary. */
interface Sums {
  requests: number;
  failed: number;
  /** Stopped by the client. */
  aborted: number;
  /** Billed, but the API did not report their output. */
  estimated: number;
  input: number;
  cached: number;
  output: number;
  /** Cost of requests with a known price; null without any. */
  cost: number | null;
  tokensBySource: Map<string, number>;
}

/**
 * The figures of one run, from rows as they are committed; the last state of each request counts. A run may last for days, so
 * only the latest rows are kept in full.
 */
export class SessionTotals {
  readonly #recent = new Map<string, RequestSummary>();
  /** Ids of requests that are in the sums. */
  readonly #summed = new RecentMap<string, true>(MAX_SUMMED);
  readonly #sums: Sums = noSums();
  readonly #hosts = new Set<string>();
  readonly #failures = new Map<string, { failure: ProxyFailure; count: number }>();
  /** `host:port` at which clients refused our certificate until we gave up. */
  readonly #givenUp = new Set<string>();
  #sessionId: string | null = null;
  #hasMessages = false;
  #intercepted = 0;
  #nested = 0;

  add(rows: readonly RequestSummary[]): void {
    for (const row of rows) {
      this.#hosts.add(row.host);
      if (row.kind === 'messages') {
        this.#hasMessages = true;
        this.#sessionId = row.sessionId ?? this.#sessionId;
      }
      if (this.#summed.get(row.id) === undefined) this.#recent.set(row.id, row);
    }
    this.#sumUpOld();
  }

  #sumUpOld(): void {
    for (const [id, row] of this.#recent) {
      if (this.#recent.size <= RECENT) return;
      if (row.state === 'open') continue;
      this.#recent.delete(id);
      this.#summed.set(id, true);
      addRow(this.#sums, row);
    }
  }

  note(fact: ProxyFact): void {
    if (fact.type === 'intercepted') this.#intercepted += 1;
    if (fact.type === 'nested') this.#nested += 1;
    if (fact.type !== 'failed') return;
    this.#countFailure(fact.failure);
    if (fact.failure.kind === 'client_given_up' && fact.failure.target) this.#givenUp.add(fact.failure.target);
  }

  #countFailure(failure: ProxyFailure): void {
    const key = JSON.stringify([failure.kind, failure.target, failure.code, failure.message]);
    const known = this.#failures.get(key);
    if (known) known.count += 1;
    else if (this.#failures.size < MAX_FAILURES) this.#failures.set(key, { failure, count: 1 });
  }

  /** Session of Claude Code, the last that was seen; null without one. */
  get sessionId(): string | null {
    return this.#sessionId;
  }

  /** The number of connections that a claude-trace inside this one read. */
  get nested(): number {
    return this.#nested;
  }

  /** Whether the obstacle explains missing requests: all requests to the model, or those of a client that refused us. */
  isExplainedBy({ kind }: Obstacle): boolean {
    if (kind === 'mcp') return false;
    return kind === 'certificate' ? this.#givenUp.size > 0 : !this.#hasMessages && this.#nested === 0;
  }

  /** No connection was read: the command bypassed the proxy, never called the API, or refused our certificate. */
  get nothingSeen(): boolean {
    return this.#hosts.size === 0 && (this.#intercepted === 0 || this.#givenUp.size > 0);
  }

  /** Failed connections: each message, and how often it came. */
  failures(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { failure, count } of this.#failures.values()) {
      if (!this.#isFalseAlarm(failure)) counts.set(failure.message, (counts.get(failure.message) ?? 0) + count);
    }
    return counts;
  }

  /**
   * A client that leaves silently after the handshake may distrust us, or not need the connection: Claude Code 2.0.30 sometimes
   * drops one that way. The latter is assumed if other connections to the same host were read.
   */
  #isFalseAlarm({ kind, code, target }: ProxyFailure): boolean {
    // The message of `client_given_up` covers it.
    if (kind === 'client_untrusting' && this.#givenUp.has(target ?? '')) return true;
    if (kind !== 'client_untrusting' || code?.startsWith('ERR_SSL')) return false;
    return [...this.#hosts].some((host) => target?.startsWith(`${host}:`));
  }

  /** The figures of all requests so far; without a cost if none has a known price. */
  figures(): RunTotals {
    const sums = { ...this.#sums, tokensBySource: new Map(this.#sums.tokensBySource) };
    for (const row of this.#recent.values()) addRow(sums, row);
    const { estimated, input, cached, output, cost, ...others } = sums;
    return {
      ...others,
      inputTokens: input,
      cachedTokens: cached,
      outputTokens: output,
      isEstimate: estimated > 0,
      ...(cost === null ? {} : { costUsd: cost }),
    };
  }
}

function noSums(): Sums {
  return {
    requests: 0,
    failed: 0,
    aborted: 0,
    estimated: 0,
    input: 0,
    cached: 0,
    output: 0,
    cost: null,
    tokensBySource: new Map(),
  };
}

/** Counts as the statistics of the store do: requests of kind messages, tokens and dollars of billed ones. */
function addRow(sums: Sums, { kind, state, tokens, costUsd, sources }: RequestSummary): void {
  if (kind !== 'messages') return;
  sums.requests += 1;
  if (isFailed(state)) sums.failed += 1;
  if (state === 'aborted') sums.aborted += 1;
  if (tokens.known !== 'exact') return;
  if (tokens.outputKnown !== 'exact') sums.estimated += 1;
  sums.input += tokens.input ?? 0;
  sums.cached += tokens.cacheRead ?? 0;
  sums.output += tokens.output ?? 0;
  if (costUsd !== null) sums.cost = (sums.cost ?? 0) + costUsd;
  for (const each of sources) {
    sums.tokensBySource.set(each.source, (sums.tokensBySource.get(each.source) ?? 0) + each.tokens);
  }
}
