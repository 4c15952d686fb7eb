import { setTimeout as delay } from 'node:timers/promises';
import { now as clock } from '../../base/clock.js';
import type { RpcMessage } from '../../mcp/messages/index.js';
import { abortSignalOf, Canceller, type CancelSignal } from '../cancel-signal.js';
import type { Route } from '../config/route-schema.js';
import type { GatewayFact, Report } from '../facts.js';
import { RPC, refusal, sessionNotFound } from '../refusals.js';
import type { Refusal } from '../request.js';
import { createBalancer } from './balance.js';
import { Member, type MemberSettings } from './member.js';
import { type Failure, mayRepeat, RetryBudget } from './retry.js';
import type { Target } from './target.js';
import { UpstreamError } from './upstream-error.js';
import type { FailedAttempt, RoutedRequest, UpstreamAnswer, UpstreamRequest, Upstreams } from './upstreams.js';

export interface UpstreamsDeps {
  report: Report;
  /** Unix ms. */
  now?: () => number;
  /** From 0 up to 1. */
  random?: () => number;
}

/** The settings of a route for its upstreams. */
export type Balanced = MemberSettings & Pick<Route, 'balance' | 'retries'>;

/** With these, a second attempt may succeed: at another server, or a little later. */
const TEMPORARY: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * The upstreams of a route as one: balances, checks, stops asking those that fail, and repeats requests if that is safe. Messages of a
 * session go to the upstream that has it, and nowhere else.
 */
export function createUpstreams(
  settings: Balanced,
  targets: readonly Target[],
  { report, now = clock, random = Math.random }: UpstreamsDeps,
): Upstreams {
  const { balance, health, retries } = settings;
  /** After a reload, another upstream may have the name of one that still has requests or a check in progress. */
  const reportState = (fact: GatewayFact) => {
    if (!isClosed) report(fact);
  };
  const deps = { hasOthers: targets.length > 1, report: reportState, now };
  const members = targets.map((target) => new Member(target, settings, deps));
  const pick = createBalancer(balance, random);
  const budget = new RetryBudget();
  let isClosed = false;
  const checks = setInterval(() => {
    for (const member of members) void member.check();
  }, health.interval).unref();

  /** @param tried are asked again only if no other can be */
  function next(key: string | null, tried: ReadonlySet<Member>): Member | null {
    const at = now();
    const able = members.filter((each) => each.isHealthy && each.allows(at));
    const fresh = able.filter((each) => !tried.has(each));
    return pick(fresh.length > 0 ? fresh : able, key);
  }

  function unavailable(): Refusal {
    const at = now();
    const waits = members.map((each) => (each.isHealthy ? each.opensIn(at) : health.interval));
    return refusal(503, RPC.refused, 'Service Unavailable: no server can answer now', {
      outcome: 'no_upstream',
      headers: { 'retry-after': String(Math.max(1, Math.ceil(Math.min(...waits) / 1_000))) },
    });
  }

  /** Waits before the next attempt. @throws the reason of the signal */
  async function waitAfter(failed: Omit<FailedAttempt, 'at' | 'nextAt'>, attempts: number, request: RoutedRequest) {
    const wait = retries.backoff * 2 ** attempts * (0.5 + random() / 2);
    const at = now();
    request.onRepeat?.({ ...failed, at, nextAt: at + wait });
    await delay(wait, undefined, { signal: abortSignalOf(request.signal) }).catch(() => {
      throw request.signal.reason;
    });
  }

  return {
    choose({ session, identity, ip, messages }) {
      const pinned = session === null ? null : members.find((each) => each.name === session.upstream);
      if (pinned === undefined) return sessionNotFound();
      if (pinned !== null && !pinned.allows(now())) return unavailable();
      const key = identity?.subject ?? ip;
      const first = pinned ?? next(key, new Set());
      if (first === null) return unavailable();
      // Not a getter: one in a literal costs V8 more than the rest of the choice.
      const chosen = { upstream: first.name, send };
      return chosen;

      async function send(request: RoutedRequest): Promise<UpstreamAnswer> {
        budget.earn();
        const tried = new Set<Member>();
        for (let member = first as Member, attempts = 0; ; attempts++) {
          chosen.upstream = member.name;
          tried.add(member);
          const signal = within(request.signal);
          const result = await resultOf(member.send(requestFor(member.target, request, signal)));
          const failure = attempts < retries.max && !request.signal.aborted ? failureOf(result) : null;
          const isRepeated = failure !== null && mayRepeat(methodsOf(messages), failure.type) && budget.spend();
          if (!isRepeated) {
            if ('error' in result) throw result.error;
            return result.answer;
          }
          signal.abort(ABANDONED);
          await waitAfter({ upstream: member.name, failure: failure.cause }, attempts, request);
          member = pinned ?? next(key, tried) ?? member;
        }
      }
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

type Result = { answer: UpstreamAnswer } | { error: unknown };

async function resultOf(sent: Promise<UpstreamAnswer>): Promise<Result> {
  try {
    return { answer: await sent };
  } catch (error) {
    return { error };
  }
}

/** Null for an answer that is passed on, and for an error that would only come again. */
function failureOf(result: Result): { type: Failure; cause: FailedAttempt['failure'] } | null {
  if ('answer' in result) {
    const { status } = result.answer;
    return TEMPORARY.has(status) ? { type: 'broken', cause: status } : null;
  }
  const { error } = result;
  if (!(error instanceof UpstreamError)) return null;
  if (error.neverReached) return { type: 'unreached', cause: error };
  return error.kind === 'reset' || error.kind === 'exited' ? { type: 'broken', cause: error } : null;
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
