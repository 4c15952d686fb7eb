import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { EmitHttpEvent } from '../../wire/index.js';
import { CurrentAudit } from '../audit/current-audit.js';
import { CredentialsError } from '../auth/credentials-error.js';
import type { Auth } from '../auth/index.js';
import type { LoadedConfig } from '../config/load-config.js';
import type { Report } from '../facts.js';
import { createRateLimiter, type RateLimiter } from '../limits/rate-limits.js';
import { OpenStreams } from '../route/open-streams.js';
import { SessionTable } from '../session/session-table.js';
import { SharedRedis } from '../shared/redis.js';
import { createSessionUse } from '../shared/session-use.js';
import { createSharedState, type SharedState } from '../shared/shared-state.js';
import type { CredentialsFor } from '../upstream/open-targets.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import { checkStream } from './check-stream.js';
import type { Running } from './running.js';

export interface GatewayDeps {
  /** Its name in errors. Default: gateway. */
  name?: string;
  /** Gets every fact. */
  report: Report;
  /** Gets copies of the requests and answers of recorded routes; without it, nothing is recorded. */
  emit?: EmitHttpEvent;
  /** Answers `/metrics`; default: 404. */
  metrics?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Gets the stderr of servers on stdio. Default: only the last 2 KB are kept. */
  stderr?: Writable;
}

/** What a gateway keeps from its start to its end, also when a reload replaces what runs. */
export interface Lasting {
  deps: GatewayDeps;
  /** To the listener of `deps`, and to the audit log. */
  report: Report;
  audit: CurrentAudit;
  /** Null if this process has its state alone. */
  redis: SharedRedis | null;
  state: SharedState;
  limits: RateLimiter;
  sessions: SessionTable;
  streams: OpenStreams;
  /** Credentials by the configuration in use: upstreams outlive a reload. */
  credentialsFor: CredentialsFor;
}

/** @param running what runs now; not called before the first request */
export async function openLasting(loaded: LoadedConfig, deps: GatewayDeps, running: () => Running): Promise<Lasting> {
  const { config } = loaded;
  const audit = new CurrentAudit(deps.report);
  audit.use(loaded);
  const report: Report = (fact) => {
    deps.report(fact);
    audit.listener(fact);
  };
  const redis = config.redis === undefined ? null : await SharedRedis.connect(config.redis, report);
  const sessions = new SessionTable({
    limitsOf: (route) => running().routes.get(route)?.route.limits ?? null,
    onEnded: ({ route, upstream, upstreamSession }, free) =>
      running().routes.get(route)?.upstreams.end(upstream, upstreamSession, free),
    use: redis === null ? null : createSessionUse(redis),
    report,
  });
  return {
    deps,
    report,
    audit,
    redis,
    state: createSharedState(redis),
    limits: createRateLimiter(config, redis),
    sessions,
    streams: new OpenStreams((stream) => checkStream(stream, running())),
    credentialsFor: credentialsOf(() => running().auth),
  };
}

/** The returned function throws UpstreamError if there are no credentials. */
function credentialsOf(auth: () => Auth): CredentialsFor {
  return async (route, upstream, identity) => {
    try {
      return await auth().upstreamHeaders(route.name, upstream.name, identity);
    } catch (error) {
      if (error instanceof CredentialsError) throw new UpstreamError('credentials', error.code);
      throw error;
    }
  };
}
