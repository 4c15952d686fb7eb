import { setTimeout as delay } from 'node:timers/promises';
import { now as clock } from '../../base/clock.js';
import type { RpcMessage } from '../../mcp/messages/index.js';
import { abortSignalOf, Canceller, type CancelSignal } from '../cancel-signal.js';
import type { Route } from '../config/route-schema.js';
import type { GatewayFact, Report } from '../facts.js';
import { RPC, refusal, sessionNotFound } from '../refusals.js';
import type { Refusal } from '../request.js';
import { createBalancer } from './balance.js';
import { Breaker, type Outcome } from './breaker.js';
import { Health } from './health.js';
import { type Failure, mayRepeat, RetryBudget } from './retry.js';
import type { Target } from './target.js';
import { UpstreamError } from './upstream-error.js';
import type { FailedAttempt, RoutedRequest, UpstreamAnswer, UpstreamRequest, Upstreams } from './upstreams.js';
import { WholeBody } from './whole-body.js';

export interface UpstreamsDeps {
  report: Report;
  /** Unix ms. */
  now?: () => number;
  /** From 0 up to 1. */
  random?: () => number;
}

/** The settings of a route for its upstreams. */
export type Balanced = Pick<Route, 'name' | 'balance' | 'health' | 'breaker' | 'retries'>;

interface Member {
  name: string;
  weight: number;
  open: number;
  target: Target;
  breaker: Breaker;
  health: Health;
}

/** With these, a second attempt may succeed: at another server, or a little later. */
const TEMPORARY: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * The upstreams of a route as one: balances, checks, stops asking those that fail, and repeats requests if that is safe. Messages of a
 * session go to the upstream that has it, and nowhere else.
 */
export function createUpstreams(
  { name: route, balance, health, breaker, retries }: Balanced,
  targets: readonly Target[],
  { report, now = clock, random = Math.random }: UpstreamsDeps,
): Upstreams {
  const members = targets.map((target) => memberOf(target));
  const pick = createBalancer(balance, random);
  const budget = new RetryBudget();
  let isClosed = false;
  const checks = setInterval(() => {
    for (const member of members) void check(member);
  }, health.interval).unref();

  function memberOf(target: Target): Member {
    const upstream = target.name;
    const limits = {
      failureRate: breaker.failure_rate,
      minRequests: breaker.min_requests,
      windowMs: breaker.window,
      openMs: breaker.open,
      probes: breaker.half_open_requests,
    };
    return {
      name: upstream,
      weight: target.weight,
      open: 0,
      target,
      breaker: new Breaker(limits, (state, at) => reportState({ type: 'breaker', at, route, upstream, state })),
      health: new Health({ unhealthyAfter: health.failures, healthyAfter: health.successes }, (isHealthy, at) =>
        reportState({ type: 'upstream_state', at, route, upstream, isHealthy, reason: null }),
      ),
    };
  }

  /** After a reload, another upstream may have the name of one that still has requests or a check in progress. */
  function reportState(fact: GatewayFact): void {
    if (!isClosed) report(fact);
  }

  async function check({ target, health: state }: Member): Promise<void> {
    try {
      await target.check(AbortSignal.timeout(health.timeout));
      state.checked(true, now());
    } catch {
      state.checked(false, now());
    }
  }

  /** @param tried are asked again only if no other can be */
  function next(key: string | null, tried: ReadonlySet<Member>): Member | null {
    const at = now();
    const able = members.filter((each) => each.health.isHealthy && each.breaker.allows(at));
    const fresh = able.filter((each) => !tried.has(each));
    return pick(fresh.length > 0 ? fresh : able, key);
  }

  function unavailable(): Refusal {
    const at = now();
    const waits = members.map((each) => (each.health.isHealthy ? each.breaker.opensIn(at) : health.interval));
    return refusal(503, RPC.refused, 'Service Unavailable: no server can answer now', {
      outcome: 'no_upstream',
      headers: { 'retry-after': String(Math.max(1, Math.ceil(Math.min(...waits) / 1_000))) },
    });
  }

  /** One attempt. @throws UpstreamError */
  async function attempt(member: Member, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const pass = member.breaker.enter(now());
    if (pass === null) throw new UpstreamError('full', 'the circuit breaker is open');
    const end = (outcome: Outcome) => {
      const at = now();
      pass.end(outcome, at);
      // For the only upstream, checks and the breaker decide: a short restart must not cost the time until the next check.
      if (outcome !== 'unknown' && members.length > 1) member.health.answered(outcome === 'ok', at);
    };
    let isOpen = true;
    /** The request is in progress until its answer has been read, or nobody wants it. */
    const release = () => {
      if (isOpen) member.open -= 1;
      isOpen = false;
      request.signal.removeEventListener('abort', release);
    };
    member.open += 1;
    request.signal.addEventListener('abort', release);
    try {
      const answer = await member.target.send(request);
      end(answer.status < 500 ? 'ok' : 'failed');
      const { status, headers, session, body: given } = answer;
      const isWhole = given instanceof WholeBody;
      if (isWhole) release();
      const body = isWhole ? given : watched(member, given, request, release);
      return { status, headers, session, upstream: member.name, body };
    } catch (error) {
      release();
      end(outcomeOf(error, request, member.target));
      throw error;
    }
  }

  /** An answer that breaks is a failure of the upstream, though it began well. */
  async function* watched(
    member: Member,
    body: AsyncIterable<Uint8Array>,
    request: UpstreamRequest,
    release: () => void,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      const at = now();
      member.breaker.enter(at)?.end(outcomeOf(error, request, member.target), at);
      throw error;
    } finally {
      release();
    }
  }

  return {
    choose({ session, identity, ip, messages }) {
      const pinned = session === null ? null : members.find((each) => each.name === session.upstream);
      if (pinned === undefined) return sessionNotFound();
      if (pinned !== null && !pinned.breaker.allows(now())) return unavailable();
      const key = identity?.subject ?? ip;
      const first = pinned ?? next(key, new Set());
      if (first === null) return unavailable();
      let member = first;
      return {
        get upstream() {
          return member.name;
        },
        async send(given) {
          budget.earn();
          const tried = new Set<Member>();
          for (let attempts = 0; ; attempts++) {
            const isLast = attempts >= retries.max || given.signal.aborted;
            const attempted = within(given.signal);
            tried.add(member);
            let failure: FailedAttempt['failure'];
            try {
              const answer = await attempt(member, requestFor(member.target, given, attempted));
              const isRepeated =
                !isLast && TEMPORARY.has(answer.status) && mayRepeat(methodsOf(messages), 'broken') && budget.spend();
              if (!isRepeated) return answer;
              attempted.abort(ABANDONED);
              failure = answer.status;
            } catch (error) {
              if (isLast || given.signal.aborted || !(error instanceof UpstreamError)) throw error;
              const kind = failureOf(error);
              if (kind === null || !mayRepeat(methodsOf(messages), kind) || !budget.spend()) throw error;
              failure = error;
            }
            const wait = retries.backoff * 2 ** attempts * (0.5 + random() / 2);
            const at = now();
            given.onRepeat?.({ upstream: member.name, at, nextAt: at + wait, failure });
            await delay(wait, undefined, { signal: abortSignalOf(given.signal) }).catch(() => {
              throw given.signal.reason;
            });
            member = pinned ?? next(key, tried) ?? member;
          }
        },
      };
    },
    end(upstream, session, free) {
      members.find((each) => each.name === upstream)?.target.end(session, free);
    },
    async close(graceMs) {
      isClosed = true;
      clearInterval(checks);
      await Promise.all(members.map(({ target }) => target.close(graceMs)));
    },
  };
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

/** Null if it would only fail again. */
function failureOf(error: UpstreamError): Failure | null {
  if (error.neverReached) return 'unreached';
  return error.kind === 'reset' || error.kind === 'exited' ? 'broken' : null;
}

function methodsOf(messages: readonly RpcMessage[]): (string | null)[] {
  return messages.map(({ method }) => method);
}

/** Field by field, since objects that are spread cost more than the rest of an attempt. */
function requestFor(
  { forwardHeaders }: Target,
  { method, headersFor, session, body, messages, identity, isRequest, onCredentials }: RoutedRequest,
  signal: CancelSignal,
): UpstreamRequest {
  const headers = headersFor(forwardHeaders);
  return { method, headers, session, body, messages, identity, isRequest, onCredentials, signal };
}

/** Why an attempt is given up whose answer is not passed on. */
const ABANDONED = new Error('another attempt is made');

/** A signal that is aborted with another one, and can be aborted alone: for the connection of an answer that is not passed on. */
function within(outer: CancelSignal): Canceller {
  const inner = new Canceller();
  const pass = () => inner.abort(outer.reason);
  if (outer.aborted) pass();
  else outer.addEventListener('abort', pass);
  return inner;
}
