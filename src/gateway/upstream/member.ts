import type { Route } from '../config/route-schema.js';
import type { GatewayFact } from '../facts.js';
import { Breaker, type Outcome } from './breaker.js';
import { Health } from './health.js';
import type { Target } from './target.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamAnswer, UpstreamRequest } from './upstreams.js';
import { WholeBody } from './whole-body.js';

/** The settings of a route for each of its upstreams. */
export type MemberSettings = Pick<Route, 'name' | 'health' | 'breaker'>;

interface MemberDeps {
  /** Whether its route has other upstreams. */
  hasOthers: boolean;
  report(fact: GatewayFact): void;
  now(): number;
}

/** One upstream of a route, and what is known about it: whether it is healthy, its circuit breaker, and its requests in progress. */
export class Member {
  readonly target: Target;
  readonly #deps: MemberDeps;
  readonly #breaker: Breaker;
  readonly #health: Health;
  readonly #checkMs: number;
  #open = 0;

  constructor(target: Target, { name: route, health, breaker }: MemberSettings, deps: MemberDeps) {
    const upstream = target.name;
    this.target = target;
    this.#deps = deps;
    this.#checkMs = health.timeout;
    const limits = {
      failureRate: breaker.failure_rate,
      minRequests: breaker.min_requests,
      windowMs: breaker.window,
      openMs: breaker.open,
      probes: breaker.half_open_requests,
    };
    this.#breaker = new Breaker(limits, (state, at) => deps.report({ type: 'breaker', at, route, upstream, state }));
    this.#health = new Health({ unhealthyAfter: health.failures, healthyAfter: health.successes }, (isHealthy, at) =>
      deps.report({ type: 'upstream_state', at, route, upstream, isHealthy, reason: null }),
    );
  }

  get name(): string {
    return this.target.name;
  }

  get weight(): number {
    return this.target.weight;
  }

  /** Number of requests whose answers have not been read to their ends. */
  get open(): number {
    return this.#open;
  }

  get isHealthy(): boolean {
    return this.#health.isHealthy;
  }

  /** Whether its breaker lets a request pass. */
  allows(at: number): boolean {
    return this.#breaker.allows(at);
  }

  /** Milliseconds until its breaker lets a request pass. */
  opensIn(at: number): number {
    return this.#breaker.opensIn(at);
  }

  async check(): Promise<void> {
    const { now } = this.#deps;
    try {
      await this.target.check(AbortSignal.timeout(this.#checkMs));
      this.#health.checked(true, now());
    } catch {
      this.#health.checked(false, now());
    }
  }

  /** One attempt. @throws UpstreamError */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { hasOthers, now } = this.#deps;
    const pass = this.#breaker.enter(now());
    if (pass === null) throw new UpstreamError('full', 'the circuit breaker is open');
    const end = (outcome: Outcome) => {
      const at = now();
      pass.end(outcome, at);
      // For the only upstream, checks and the breaker decide: a short restart must not cost the time until the next check.
      if (outcome !== 'unknown' && hasOthers) this.#health.answered(outcome === 'ok', at);
    };
    let isOpen = true;
    /** The request is in progress until its answer has been read, or nobody wants it. */
    const release = () => {
      if (isOpen) this.#open -= 1;
      isOpen = false;
      request.signal.removeEventListener('abort', release);
    };
    this.#open += 1;
    request.signal.addEventListener('abort', release);
    try {
      const answer = await this.target.send(request);
      end(answer.status < 500 ? 'ok' : 'failed');
      const { status, headers, session, body: given } = answer;
      const isWhole = given instanceof WholeBody;
      if (isWhole) release();
      const body = isWhole ? given : this.#watched(given, request, release);
      return { status, headers, session, upstream: this.name, body };
    } catch (error) {
      release();
      end(outcomeOf(error, request, this.target));
      throw error;
    }
  }

  /** An answer that breaks is a failure of the upstream, though it began well. */
  async *#watched(
    body: AsyncIterable<Uint8Array>,
    request: UpstreamRequest,
    release: () => void,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      const at = this.#deps.now();
      this.#breaker.enter(at)?.end(outcomeOf(error, request, this.target), at);
      throw error;
    } finally {
      release();
    }
  }
}

/** The outcome that an error means for the upstream. */
function outcomeOf(error: unknown, { signal, session }: UpstreamRequest, { isolatesSessions }: Target): Outcome {
  // The client has left, which targets report as a broken connection.
  if (signal.aborted && !(signal.reason instanceof UpstreamError)) return 'unknown';
  if (!(error instanceof UpstreamError)) return 'unknown';
  // A client that makes its own server crash or hang must not stop the others.
  if (isolatesSessions && session !== null) return 'unknown';
  // A full pool is busy, not broken; without credentials it was not asked.
  return error.kind === 'full' || error.kind === 'credentials' ? 'unknown' : 'failed';
}
