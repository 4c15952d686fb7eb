import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { now as clock } from '../../../base/clock.js';
import { headersOf } from '../../../base/headers.js';
import type { RpcMessage } from '../../../mcp/messages/index.js';
import type { StdioUpstreamConfig } from '../../config/route-schema.js';
import type { Report } from '../../facts.js';
import { RPC } from '../../refusals.js';
import type { Target } from '../target.js';
import { UpstreamError } from '../upstream-error.js';
import type { UpstreamAnswer, UpstreamRequest } from '../upstreams.js';
import { Child, ChildStartError } from './child.js';
import { GroupGuard } from './group-guard.js';
import { type Place, PoolBook, type Refused } from './pool-book.js';
import { accepted, isStateless, refusal } from './rpc.js';
import { Runner } from './runner.js';
import { StdioSession } from './session.js';
import type { SharedChild } from './shared-child.js';

/** Interval of checks for idle or old children. */
const SWEEP_MS = 1_000;
/** Interval of checks for requests in progress. */
const BUSY_MS = 20;
/** Requests of several clients that one child has at a time, before another is started. */
const REQUESTS_PER_CHILD = 16;
const SIGN_OF_LIFE_MS = 5_000;

export interface StdioTargetOptions {
  route: string;
  report: Report;
  /** Environment of the children; default: that of this process, with the additions of the configuration. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Gets the stderr of the children. */
  stderr?: Writable | undefined;
  /** How long a child that seems to hang may take to send anything, milliseconds. */
  signOfLifeMs?: number;
}

interface Session {
  id: string;
  runner: Runner;
  messages: StdioSession;
}

/**
 * Servers on stdio behind one name: sessions with a child each, and children that clients of 2026-07-28 share. The caller ends a session
 * when it is idle or too old.
 */
export class StdioTarget implements Target {
  readonly name: string;
  readonly weight: number;
  readonly forwardHeaders: readonly string[] = [];
  readonly isolatesSessions = true;
  readonly #options: StdioTargetOptions;
  readonly #config: StdioUpstreamConfig;
  readonly #guard: GroupGuard;
  readonly #book: PoolBook<Runner>;
  readonly #sessions = new Map<string, Session>();
  readonly #sweep: NodeJS.Timeout;
  /** Why the last child ended that did so before it answered. Not with its stderr, which may hold secrets: errors are in the audit log. */
  #lastFailure = '';
  #isClosed = false;

  constructor(config: StdioUpstreamConfig, options: StdioTargetOptions) {
    const { pool } = config;
    this.name = config.name;
    this.weight = config.weight;
    this.#config = config;
    this.#options = options;
    this.#guard = new GroupGuard((message) =>
      options.report({ type: 'problem', at: clock(), part: 'children', message }),
    );
    this.#book = new PoolBook<Runner>(
      {
        minIdle: pool.min_idle,
        max: pool.max,
        idleMs: pool.idle,
        maxAgeMs: pool.max_age,
        maxRequests: pool.max_requests,
        perChild: REQUESTS_PER_CHILD,
      },
      () => this.#run(),
    );
    this.#sweep = setInterval(() => this.#keepUp(), SWEEP_MS).unref();
    this.#keepUp();
  }

  /** Number of children, whatever they do. */
  get children(): number {
    return this.#book.places.size;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  send(request: UpstreamRequest): Promise<UpstreamAnswer> | UpstreamAnswer {
    const { method, session: id, messages } = request;
    const first = messages.find(({ kind }) => kind === 'request') ?? messages[0];
    const session = id === null ? null : (this.#sessions.get(id) ?? null);
    if (id !== null && session === null)
      return refusal(404, first?.id ?? null, RPC.sessionNotFound, 'Session not found');
    if (method !== 'POST') return this.#other(session, request);
    const accept = acceptOf(request);
    if (session !== null) return session.messages.post(messages, accept, request.signal);
    if (first?.method === 'initialize') return this.#open(request, accept);
    const [message] = messages;
    if (message !== undefined && messages.length === 1) {
      if (message.kind === 'request' && isStateless(message)) return this.#share(message, request, accept);
      // A client of 2026-07-28 cancels by leaving: this message is of no use to a server.
      if (message.kind === 'notification') return accepted();
    }
    return refusal(400, first?.id ?? null, RPC.refused, 'Bad Request: the Mcp-Session-Id header is missing');
  }

  end(id: string, free: Promise<void> = Promise.resolve()): void {
    void free.then(() => {
      const session = this.#sessions.get(id);
      if (session !== undefined) this.#end(session, 'ended');
    });
  }

  /** Checks that a shared child answers, or else that one could be started. Starts none. @throws UpstreamError */
  async check(signal: AbortSignal): Promise<void> {
    const shared = [...this.#book.places].find(({ use, isDraining }) => use === 'shared' && !isDraining);
    if (shared !== undefined) await shared.child.signOfLife(signal);
    else if (this.#book.failingFor(clock()) > 0) throw new UpstreamError('exited', this.#whyFailing());
  }

  async close(graceMs: number): Promise<void> {
    clearInterval(this.#sweep);
    const deadline = clock() + graceMs;
    while (this.#isBusy && clock() < deadline) await delay(Math.min(BUSY_MS, graceMs));
    this.#isClosed = true;
    await Promise.all([...this.#book.places].map(({ child }) => child.stop('stopped')));
    this.#guard.close();
  }

  get #isBusy(): boolean {
    const sessions = [...this.#sessions.values()];
    return sessions.some(({ messages }) => messages.hasRequests) || [...this.#book.places].some(({ open }) => open > 0);
  }

  #other(session: Session | null, { method, signal }: UpstreamRequest): Promise<UpstreamAnswer> | UpstreamAnswer {
    if (session === null) {
      const answer = refusal(405, null, RPC.invalidRequest, 'Without a session, there is only POST.');
      return { ...answer, headers: [...answer.headers, ['allow', 'POST']] };
    }
    if (method === 'GET') return session.messages.listen(signal);
    this.#end(session, 'deleted');
    return accepted(200);
  }

  async #open({ messages, signal }: UpstreamRequest, accept: string): Promise<UpstreamAnswer> {
    await this.#book.giveWay()?.child.stop('idle');
    const place = this.#take((now) => this.#book.takeForSession(now));
    const runner = place.child;
    const child = await this.#childOf(place);
    const id = randomUUID();
    const session: Session = { id, runner, messages: new StdioSession(child) };
    runner.receiver = session.messages;
    runner.asked();
    runner.onGone = () => this.#sessions.delete(id);
    this.#sessions.set(id, session);
    try {
      const answer = await session.messages.post(messages, accept, signal);
      return { ...answer, session: id };
    } catch (error) {
      this.#end(session, 'no answer');
      throw error;
    }
  }

  async #share(message: RpcMessage, { signal }: UpstreamRequest, accept: string): Promise<UpstreamAnswer> {
    const place = this.#take((now) => this.#book.takeForRequest(now));
    this.#book.began(place, clock());
    const end = () => {
      this.#book.finished(place, clock());
      if (place.isDraining && place.open === 0) void place.child.stop('worn');
    };
    let shared: SharedChild;
    try {
      shared = place.child.share(await this.#childOf(place));
    } catch (error) {
      end();
      throw error;
    }
    return shared.ask(message, accept, signal, end);
  }

  #take(takeFrom: (now: number) => Place<Runner> | Refused): Place<Runner> {
    // Otherwise, nobody would end its child.
    if (this.#isClosed) throw new UpstreamError('exited', 'the route has ended', { neverReached: true });
    const taken = takeFrom(clock());
    if (!('refused' in taken)) return taken;
    if (taken.refused === 'full') throw new UpstreamError('full', `${this.#config.pool.max} servers run`);
    throw new UpstreamError('exited', this.#whyFailing(), { neverReached: true });
  }

  async #childOf({ child }: Place<Runner>): Promise<Child> {
    try {
      return await child.started;
    } catch (error) {
      const message = error instanceof ChildStartError ? error.message : String(error);
      throw new UpstreamError('exited', message, { neverReached: true });
    }
  }

  /** Why the pool starts no child for a while. */
  #whyFailing(): string {
    return `the server ends as soon as it is started: ${this.#lastFailure}`;
  }

  #run(): Runner {
    const { command, env, cwd } = this.#config;
    const { report, route, env: inherited = process.env, stderr } = this.#options;
    const startedAt = clock();
    const runner: Runner = new Runner(this.#config.pool.start_timeout, {
      start: (events) =>
        Child.start({ command, env: { ...inherited, ...env }, cwd }, events, { guard: this.#guard, stderr }),
      onStarted: (pid) =>
        report({
          type: 'child_started',
          at: clock(),
          route,
          upstream: this.name,
          pid,
          durationMs: clock() - startedAt,
        }),
      onSpoken: () => this.#book.answered(),
      onHung: () => void this.#replace(runner),
      onEnded: (pid, end, reason) => {
        const place = this.#placeOf(runner);
        const isFailure = (reason === null || reason === 'silent') && !runner.hasSpoken;
        if (isFailure) this.#lastFailure = end.exit;
        if (place !== null) this.#book.ended(place, isFailure, clock());
        if (pid === null) return;
        const fact = { route, upstream: this.name, pid, ...end, reason: reason ?? 'ended' };
        report({ type: 'child_ended', at: clock(), ...fact });
      },
    });
    return runner;
  }

  #placeOf(runner: Runner): Place<Runner> | null {
    for (const place of this.#book.places) if (place.child === runner) return place;
    return null;
  }

  /** Ends a child that clients share, if it sends nothing any more. */
  async #replace(runner: Runner): Promise<void> {
    try {
      await runner.signOfLife(AbortSignal.timeout(this.#options.signOfLifeMs ?? SIGN_OF_LIFE_MS));
    } catch {
      const place = this.#placeOf(runner);
      if (place !== null) place.isDraining = true;
      await runner.stop('hung');
    }
  }

  #end({ id, runner }: Session, reason: string): void {
    this.#sessions.delete(id);
    void runner.stop(reason);
  }

  #keepUp(): void {
    for (const { child } of this.#book.keepUp(clock())) void child.stop('idle');
  }
}

function acceptOf({ headers }: UpstreamRequest): string {
  return headersOf(headers, 'accept').join(', ') || '*/*';
}
