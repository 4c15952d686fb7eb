import type { RateTier } from './config/limits-schema.js';

/**
 * What the gateway reports about itself: plain data, in named facts. Audit, metrics, traces and the log are listeners; nothing
 * else writes a log line. A fact holds no token, cookie, key or body.
 *
 * Times (`at`) are unix milliseconds with fractions.
 */

/** How a request ended. */
export type RequestOutcome =
  | 'ok' // answered by upstream, with any status below 500
  | 'refused' // by admission or by the protocol
  | 'unauthenticated' // 401
  | 'forbidden' // 403: a scope is missing
  | 'limited' // 429, or too many sessions
  | 'ruled' // answered by a rule
  | 'no_upstream' // no upstream is healthy
  | 'upstream_error' // refused, reset, malformed, 5xx
  | 'timeout' // upstream did not begin to answer
  | 'client_gone' // the client left before the end of the answer
  | 'cut_off' // the answer began, and ended too early
  | 'internal'; // a defect of the gateway

/** Ids of W3C Trace Context, in hexadecimal. */
export interface TraceContext {
  traceId: string;
  /** Id of the gateway's own span. */
  spanId: string;
  /** Id of the client's span; null if the trace begins here. */
  parentId: string | null;
  isSampled: boolean;
}

interface OfRequest {
  at: number;
  /** ULID of the request to the gateway. */
  request: string;
  /** Null if the path is not that of a route. */
  route: string | null;
  ip: string;
}

export interface RequestStarted extends OfRequest {
  type: 'request_started';
  httpMethod: string;
}

export interface RequestEnded extends OfRequest {
  type: 'request_ended';
  httpMethod: string;
  upstream: string | null;
  /** Method of the JSON-RPC message; in a batch, of its first request. Null for GET, DELETE, answers, and requests that were refused unread. */
  method: string | null;
  /** Name of the tool of a `tools/call`. */
  tool: string | null;
  subject: string | null;
  status: number;
  outcome: RequestOutcome;
  /** Milliseconds until the last byte of the answer. */
  durationMs: number;
  bytesIn: number;
  bytesOut: number;
  trace: TraceContext;
}

/** One attempt at an upstream; a request may have several. */
export interface UpstreamAnswered extends OfRequest {
  type: 'upstream_answered';
  upstream: string;
  /** Null without an answer. */
  status: number | null;
  /** Milliseconds until the head of the answer. */
  durationMs: number;
  trace: TraceContext;
  /** Id of the span of this attempt, the parent of upstream's. */
  spanId: string;
}

/** Why an upstream did not answer as it should. */
export type UpstreamErrorKind =
  | 'refused'
  | 'dns'
  | 'tls'
  | 'reset'
  | 'timeout'
  | 'malformed'
  | 'too_large'
  | 'exited'
  | 'full'
  | 'credentials'; // the gateway has no credentials for it

export type SessionEnd = 'deleted' | 'idle' | 'age' | 'upstream_gone' | 'key_gone';

/** Where a failure of the gateway itself can be. */
export const PROBLEM_PARTS = ['audit', 'auth', 'children', 'log', 'recording', 'route', 'rules', 'tracing'] as const;
type ProblemPart = (typeof PROBLEM_PARTS)[number];

export type GatewayFact =
  | RequestStarted
  | RequestEnded
  | UpstreamAnswered
  /** `session` is a short hash of the id, which is a secret. */
  | {
      type: 'session_opened';
      at: number;
      route: string;
      upstream: string;
      subject: string | null;
      session: string;
      /** False if another process has opened it, and it is used here now. */
      isNew: boolean;
    }
  | {
      type: 'session_closed';
      at: number;
      route: string;
      upstream: string;
      subject: string | null;
      session: string;
      reason: SessionEnd;
    }
  | { type: 'upstream_state'; at: number; route: string; upstream: string; isHealthy: boolean; reason: string | null }
  | {
      type: 'upstream_error';
      at: number;
      route: string;
      upstream: string;
      kind: UpstreamErrorKind;
      message: string;
      request: string | null;
    }
  | { type: 'breaker'; at: number; route: string; upstream: string; state: 'closed' | 'open' | 'half_open' }
  /** Names in an answer to `tools/list`. */
  | { type: 'tools_listed'; at: number; route: string; upstream: string; tools: readonly string[] }
  | { type: 'child_started'; at: number; route: string; upstream: string; pid: number; durationMs: number }
  | {
      type: 'child_ended';
      at: number;
      route: string;
      upstream: string;
      pid: number;
      exit: string;
      reason: string;
      /** The last 2 KB of its stderr. */
      stderr: string;
    }
  | {
      type: 'auth';
      at: number;
      request: string | null;
      route: string | null;
      outcome: 'accepted' | 'refused';
      /** A code, such as `expired`; the step of a login, such as `logged_in`; null for a request that is accepted. */
      reason: string | null;
      method: 'jwt' | 'introspection' | 'api_key' | 'login' | 'none';
      subject: string | null;
      ip: string;
    }
  /** A rule acted. */
  | {
      type: 'decision';
      at: number;
      request: string;
      route: string;
      rule: string;
      action: string;
      detail: string | null;
      subject: string | null;
      ip: string;
    }
  | {
      type: 'limited';
      at: number;
      request: string;
      tier: RateTier | 'sessions';
      route: string | null;
      subject: string | null;
      ip: string;
      retryAfterS: number;
    }
  /** Above `limits.connections`. One fact a second at most. */
  | {
      type: 'connections_refused';
      at: number;
      /** Number of connections since the last such fact. */
      count: number;
      /** Address of the last of them. */
      ip: string;
    }
  | {
      type: 'reloaded';
      at: number;
      /** Paths in the configuration. */
      changed: readonly string[];
      /** Routes whose upstreams have ended: they are gone, or have new ones. */
      replaced: readonly string[];
    }
  | { type: 'reload_failed'; at: number; message: string }
  | { type: 'redis'; at: number; state: 'connected' | 'lost'; reason: string | null }
  /** A part of the gateway failed, and traffic went on. */
  | { type: 'problem'; at: number; part: ProblemPart; message: string }
  | { type: 'started'; at: number; address: string; routes: readonly string[] }
  | { type: 'stopping'; at: number; requests: number }
  | { type: 'stopped'; at: number; lost: number };

/** Never throws, never waits. */
export type Report = (fact: GatewayFact) => void;
