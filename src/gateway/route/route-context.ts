import type { EmitHttpEvent } from '../../wire/index.js';
import type { Route } from '../config/route-schema.js';
import type { Report } from '../facts.js';
import type { RateLimiter } from '../limits/rate-limits.js';
import type { RoutePolicy } from '../policy/index.js';
import type { Identity, Refusal } from '../request.js';
import type { Exchange } from '../server/exchange.js';
import type { Seal } from '../session/seal.js';
import type { SessionTable } from '../session/session-table.js';
import type { Upstreams } from '../upstream/upstreams.js';
import type { OpenStreams } from './open-streams.js';
import type { RecordedAddress } from './recording.js';

/** A route while the gateway runs. */
export interface RunningRoute {
  route: Route;
  upstreams: Upstreams;
  /** What the files `ca` of the upstreams held. */
  authorities: readonly (string | null)[];
  /** Null without rules. */
  policy: RoutePolicy | null;
}

/** The parts of the gateway that the steps of a request need. */
export interface RouteContext {
  seal: Seal;
  sessions: SessionTable;
  /** The limits of all routes. */
  maxSessions: number;
  /** Maximum size of a body, unless the route has a limit of its own. */
  maxBody: number;
  sample: number;
  report: Report;
  limits: RateLimiter;
  /** Null if no route has rules. */
  policies: typeof import('../policy/index.js') | null;
  /** Whether routes without a setting of their own are recorded. */
  record: boolean;
  /** Null if nothing is recorded. */
  recorder: { address: RecordedAddress; emit: EmitHttpEvent } | null;
  /** Null for a route without authentication. @param isAgain for a stream that is open */
  authenticate(exchange: Exchange, route: Route, isAgain?: boolean): Promise<Identity | null | Refusal> | null;
  /** Null if the identity may call these tools. */
  authorize(exchange: Exchange, route: Route, identity: Identity | null, tools: readonly string[]): Refusal | null;
  /** An upstream did not accept what authenticates the gateway. */
  onCredentialsRefused(route: Route, upstream: string, identity: Identity | null): void;
  streams: OpenStreams;
}
