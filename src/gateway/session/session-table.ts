import { hash } from 'node:crypto';
import { now as clock } from '../../base/clock.js';
import { RecentMap } from '../../base/recent-map.js';
import type { Report, SessionEnd } from '../facts.js';
import type { OpenedSession } from '../request.js';

/** How often expired sessions are looked for. */
const SWEEP_MS = 1_000;
const MAX_ENDED = 10_000;
/** How often other gateways are informed of a session that is used, in the time after which it would be idle. */
const NOTES = 4;

export interface SessionLimits {
  session_idle: number;
  session_age: number;
}

/** A session that this process has opened, or has seen since its start. */
export interface LiveSession extends OpenedSession {
  /** Requests and streams in progress. */
  inProgress: number;
  /** When the last of them ended, or will have ended at the next sweep; see `#awakeMs`. */
  idleSince: number;
  /** When other gateways were last informed of its use; see `#awakeMs`. */
  notedAt: number;
  /** When they are asked for their use, if it is idle here; see `#awakeMs`. */
  askAt: number;
  /** Each ends an open stream; called when the session is over. */
  streams: Set<() => void>;
  /** Called when nothing is in progress any more. */
  onFree: (() => void) | null;
}

/** The use of sessions by all gateways with the same Redis. Sessions are named by hashes of their ids. */
export interface SessionUse {
  /** Never waits. */
  note(session: string, ttlMs: number): void;
  /** Whether a note of any gateway, this one included, is still valid. */
  isNoted(session: string): Promise<boolean>;
}

export interface SessionTableOptions {
  /** Null if the route is gone. */
  limitsOf(route: string): SessionLimits | null;
  /** Tells upstream that a session is over. @param free resolves when upstream may end it */
  onEnded(session: LiveSession, free: Promise<void>): void;
  /** Null if this process is the only one, or knows no other. */
  use: SessionUse | null;
  report: Report;
  now?: () => number;
}

/** The legacy sessions in use. They end when they are too old, or nothing has been in progress for too long. */
export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #now: () => number;
  readonly #sessions = new Map<string, LiveSession>();
  /** Number of sessions, open or being opened, by route, and by route and subject. */
  readonly #counts = new Map<string, number>();
  /** Sessions that are being opened. */
  #opening = 0;
  /** Ids of sessions that have ended: the key still opens them. */
  readonly #ended = new RecentMap<string, true>(MAX_ENDED);
  readonly #timer: NodeJS.Timeout;
  /**
   * Milliseconds in which this process could read requests. Each sweep counts for one interval at most: after a pause of the process or
   * of the machine, timers run before the requests that have arrived meanwhile are read.
   */
  #awakeMs = 0;
  #sweptAt: number;

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#now = options.now ?? clock;
    this.#sweptAt = this.#now();
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Number of sessions, open or being opened. */
  get size(): number {
    return this.#sessions.size + this.#opening;
  }

  /** Counts a session that is being opened: many at once must not exceed a limit. @returns to be called once it is added or refused */
  reserve(route: string, subject: string | null): () => void {
    this.#opening += 1;
    this.#change({ route, subject }, 1);
    let isOpening = true;
    return () => {
      if (!isOpening) return;
      isOpening = false;
      this.#opening -= 1;
      this.#change({ route, subject }, -1);
    };
  }

  /** @param subject undefined for all subjects */
  count(route: string, subject?: string | null): number {
    return this.#counts.get(countKey(route, subject)) ?? 0;
  }

  get(id: string): LiveSession | null {
    return this.#sessions.get(id) ?? null;
  }

  /** Whether a session has ended in this process, as far as that is remembered. */
  hasEnded(id: string): boolean {
    return this.#ended.get(id) !== undefined;
  }

  /** Adds a session that was opened now, or that another process has opened. */
  add(session: OpenedSession, isNew: boolean): LiveSession {
    const { id, route, upstream, subject } = session;
    const live: LiveSession = {
      ...session,
      inProgress: 0,
      idleSince: this.#nextSweep,
      notedAt: 0,
      askAt: 0,
      streams: new Set(),
      onFree: null,
    };
    this.#sessions.set(id, live);
    this.#change(live, 1);
    this.#options.report({
      type: 'session_opened',
      at: this.#now(),
      route,
      upstream,
      subject,
      session: shortHash(id),
      isNew,
    });
    return live;
  }

  /** A request or a stream of the session begins. The session is not idle until each has been released. */
  hold(session: LiveSession): void {
    session.inProgress += 1;
  }

  release(session: LiveSession): void {
    session.inProgress -= 1;
    session.idleSince = this.#nextSweep;
    if (session.inProgress === 0) session.onFree?.();
  }

  isOver(session: LiveSession): SessionEnd | null {
    const limits = this.#options.limitsOf(session.route);
    if (limits === null) return 'upstream_gone';
    if (this.#now() - session.openedAt > limits.session_age) return 'age';
    return session.inProgress === 0 && this.#awakeMs - session.idleSince >= limits.session_idle ? 'idle' : null;
  }

  /** @param reason for `deleted` and `upstream_gone`, upstream already knows */
  end(session: LiveSession, reason: SessionEnd): void {
    const isKnown = reason === 'deleted' || reason === 'upstream_gone';
    if (this.#remove(session, reason) && !isKnown) this.#options.onEnded(session, Promise.resolve());
  }

  /** @returns false if it has ended before */
  #remove(session: LiveSession, reason: SessionEnd): boolean {
    if (!this.#sessions.delete(session.id)) return false;
    this.#change(session, -1);
    this.#ended.set(session.id, true);
    for (const close of session.streams) close();
    const { route, upstream, subject, id } = session;
    this.#options.report({
      type: 'session_closed',
      at: this.#now(),
      route,
      upstream,
      subject,
      session: shortHash(id),
      reason,
    });
    return true;
  }

  /** Ends expired sessions. Public for tests, which have clocks of their own. */
  sweep(): void {
    const now = this.#now();
    this.#awakeMs += Math.min(now - this.#sweptAt, SWEEP_MS);
    this.#sweptAt = now;
    for (const session of this.#sessions.values()) {
      const reason = this.isOver(session);
      if (reason === null) this.#noteUse(session);
      else if (reason === 'idle') void this.#endUnlessUsed(session);
      else this.end(session, reason);
    }
  }

  /** Informs other gateways from time to time: a note for each request would cost as much as the request. */
  #noteUse(session: LiveSession): void {
    const { use, limitsOf } = this.#options;
    const idleMs = limitsOf(session.route)?.session_idle ?? 0;
    const isUsed = session.inProgress > 0 || session.idleSince > session.notedAt;
    if (use === null || !isUsed || this.#awakeMs - session.notedAt < idleMs / NOTES) return;
    session.notedAt = this.#nextSweep;
    use.note(shortHash(session.id), idleMs * (1 + 1 / NOTES) + 2 * SWEEP_MS);
  }

  async #endUnlessUsed(session: LiveSession): Promise<void> {
    const { use, limitsOf } = this.#options;
    if (use !== null) {
      if (this.#awakeMs < session.askAt) return;
      // `idleSince` stays: it would look like a use, which would be noted, and no gateway would end the session.
      session.askAt = this.#awakeMs + (limitsOf(session.route)?.session_idle ?? 0) / NOTES;
      if ((await use.isNoted(shortHash(session.id))) || this.isOver(session) !== 'idle') return;
    }
    this.end(session, 'idle');
  }

  /** Ends sessions that another configuration does not continue. Upstream ends them when their requests in progress have finished. */
  endUnless(isValid: (session: LiveSession) => boolean, reason: 'key_gone' | 'upstream_gone'): void {
    for (const session of this.#sessions.values()) {
      if (isValid(session)) continue;
      const free = new Promise<void>((resolve) => {
        if (session.inProgress === 0) resolve();
        session.onFree = resolve;
      });
      this.#remove(session, reason);
      this.#options.onEnded(session, free);
    }
  }

  /** Ends all streams; sessions go on in another process, or in the next one. */
  close(): void {
    clearInterval(this.#timer);
    for (const session of this.#sessions.values()) for (const close of session.streams) close();
  }

  get #nextSweep(): number {
    return this.#awakeMs + SWEEP_MS;
  }

  #change({ route, subject }: Pick<LiveSession, 'route' | 'subject'>, by: 1 | -1): void {
    for (const key of [countKey(route), countKey(route, subject)]) {
      const count = (this.#counts.get(key) ?? 0) + by;
      if (count === 0) this.#counts.delete(key);
      else this.#counts.set(key, count);
    }
  }
}

function countKey(route: string, subject?: string | null): string {
  return subject === undefined ? route : `${route} ${subject ?? ''}`;
}

/** Names a session without its id, which is a secret. */
export function shortHash(id: string): string {
  return hash('sha256', id).slice(0, 16);
}
