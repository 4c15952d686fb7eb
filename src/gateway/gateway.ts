import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { now } from '../base/clock.js';
import { describeError } from '../base/error-text.js';
import type { EmitHttpEvent } from '../wire/index.js';
import { type AuditLog, openAudit } from './audit/audit-log.js';
import { CredentialsError } from './auth/credentials-error.js';
import type { Auth } from './auth/index.js';
import { assertReloadable, changedPaths, hasSameUpstreams } from './config/changes.js';
import type { LoadedConfig } from './config/load-config.js';
import type { GatewayConfig } from './config/schema.js';
import type { Report } from './facts.js';
import { createRateLimiter, type RateLimiter } from './limits/rate-limits.js';
import { refuseLimited } from './limits/refuse-limited.js';
import { type Parts, partsFor } from './parts.js';
import { RPC, refusal } from './refusals.js';
import { isRefusal, type OpenedSession, type Refusal } from './request.js';
import { type OpenStream, OpenStreams } from './route/open-streams.js';
import { recordedAddress } from './route/recording.js';
import type { RouteContext, RunningRoute } from './route/route-context.js';
import { serveRoute } from './route/serve-route.js';
import { createAdmission, notFound } from './server/admission.js';
import { clientAddress, plainAddress } from './server/client-address.js';
import { allowPage, answerPreflight, isPreflight } from './server/cors.js';
import { answerText, type Exchange, openExchange, refuse, reportBadRequest } from './server/exchange.js';
import { type Listener, listenFor } from './server/listen.js';
import { readTls } from './server/tls.js';
import { createSeal } from './session/seal.js';
import { SessionTable } from './session/session-table.js';
import { SharedRedis } from './shared/redis.js';
import { createSessionUse } from './shared/session-use.js';
import { createSharedState } from './shared/shared-state.js';
import { createUpstreams } from './upstream/create-upstreams.js';
import { type CredentialsFor, openTargets } from './upstream/open-targets.js';
import { UpstreamError } from './upstream/upstream-error.js';

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

export interface Gateway {
  /** Where clients reach it, such as `http://127.0.0.1:8080`. */
  url: string;
  /** For facts about the gateway that others know, such as a configuration that cannot be read: all listeners get them. */
  report: Report;
  /**
   * Takes another configuration. Requests in progress finish with the old one; sessions continue if their upstream still exists.
   * @throws UserError if it cannot be used; nothing has changed then
   */
  reload(loaded: LoadedConfig): Promise<void>;
  /**
   * Ends without losing a request: those in progress are answered, new connections are refused.
   * @param graceMs open requests are cut off after this time
   */
  stop(graceMs: number): Promise<{ lost: number }>;
}

/** New connections are taken for this long after a stop began: balancers need time to learn of it. */
const LINGER_MS = 300;

type Routes = ReadonlyMap<string, RunningRoute>;

/** Everything that is made from a configuration. A reload replaces it as a whole. */
interface Running {
  config: GatewayConfig;
  routes: Routes;
  auth: Auth;
  admit: ReturnType<typeof createAdmission>;
  addressOf: ReturnType<typeof clientAddress>;
  context: RouteContext;
}

/** @throws UserError for a configuration that cannot be used; CannotListenError */
export async function startGateway(loaded: LoadedConfig, deps: GatewayDeps): Promise<Gateway> {
  const tls = tlsOf(loaded);
  let audit = auditOf(loaded, deps.report);
  const report: Report = (fact) => {
    deps.report(fact);
    audit?.listener(fact);
  };
  // Before it listens: no request may come before everything is ready.
  const parts = await partsFor(loaded.config);
  const { redis: redisConfig } = loaded.config;
  const redis = redisConfig === undefined ? null : await SharedRedis.connect(redisConfig, report);
  const limits = createRateLimiter(loaded.config, redis);
  let open = 0;
  const streams = new OpenStreams(checkStream);
  let isStopping = false;
  const sessions: SessionTable = new SessionTable({
    limitsOf: (route) => running.routes.get(route)?.route.limits ?? null,
    onEnded: ({ route, upstream, upstreamSession }, free) =>
      running.routes.get(route)?.upstreams.end(upstream, upstreamSession, free),
    use: redis === null ? null : createSessionUse(redis),
    report,
  });
  const state = createSharedState(redis);
  // Taken from the configuration in use: upstreams outlive a reload.
  const credentialsFor = credentialsOf(() => running.auth);
  let running: Running;

  /** Keeps unchanged upstreams: connections, children and their sessions outlive a reload. */
  function start(from: LoadedConfig, { createAuth, policies }: Parts, before: Running | null): Running {
    const { config, folder } = from;
    const rules = policies?.readRouteRules(from);
    const authDeps = {
      publicUrl: config.public_url ?? url,
      ...{ folder, state, report },
      onRevoked: (subject: string) => void streams.check(subject),
    };
    const auth = createAuth(config, authDeps, before?.auth);
    const targets = { folder, credentialsFor, report, stderr: deps.stderr };
    const routes = new Map<string, RunningRoute>();
    try {
      for (const route of config.routes) {
        const kept = before?.routes.get(route.name);
        const isSame = kept !== undefined && hasSameUpstreams(kept.route, route);
        const upstreams = isSame ? kept.upstreams : createUpstreams(route, openTargets(route, targets), { report });
        const set = rules?.get(route.name);
        const keptPolicy = set !== undefined && kept?.policy?.has(set) ? kept.policy : null;
        // Unchanged rules keep their counts.
        const policy = keptPolicy ?? (set && policies ? new policies.RoutePolicy(route.name, set, report) : null);
        routes.set(route.name, { route, upstreams, policy });
      }
    } catch (error) {
      closeReplaced(routes, before?.routes ?? new Map(), 0);
      throw error;
    }
    const hasSameKeys = before !== null && isDeepStrictEqual(before.config.keys, config.keys);
    return {
      config,
      routes,
      auth,
      admit: createAdmission(config),
      addressOf: clientAddress(config.trusted_proxies),
      context: {
        seal: hasSameKeys ? before.context.seal : createSeal(config.keys),
        sessions,
        maxSessions: config.limits.sessions,
        maxBody: config.limits.body,
        sample: config.tracing?.sample ?? 0,
        report,
        limits,
        authenticate: (exchange, { name: route }) =>
          auth.isPublic(route) ? null : authenticate(auth, exchange, route),
        authorize: ({ id, ip, request }, { name: route }, identity, tools) =>
          reported(auth.scopesMissing({ id, route, url: request.url ?? '', ip }, identity, tools)),
        onCredentialsRefused: ({ name }, upstream, identity) => auth.upstreamRefused(name, upstream, identity),
        policies,
        record: config.record,
        recorder: deps.emit === undefined ? null : { address: recordedAddress(config), emit: deps.emit },
        streams,
      },
    };
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { config, routes, auth, admit, addressOf, context } = running;
    const target = admit(request);
    const isAsking = !isRefusal(target) && isPreflight(request, config.origins);
    const isRoute = !isRefusal(target) && !isAsking && target.kind === 'route';
    const route = isRoute ? routes.get(target.name) : undefined;
    const { sample } = context;
    const at = { ip: addressOf(request), route: route?.route.name ?? null };
    const exchange = openExchange(request, response, { ...at, sample, report });
    open += 1;
    response.on('close', () => {
      open -= 1;
    });
    if (isStopping) response.setHeader('connection', 'close');
    if (!isRefusal(target)) allowPage(request, response, config.origins);
    if (isRefusal(target)) refuse(exchange, target);
    else if (isAsking) {
      exchange.ending.outcome = 'ok';
      answerPreflight(request, response);
    } else if (route !== undefined) void serveRoute(exchange, route, context);
    else if (target.kind === 'health') answerText(exchange, 200, 'ok\n');
    else if (target.kind === 'ready') {
      answerText(exchange, isStopping ? 503 : 200, isStopping ? 'stopping\n' : 'ready\n');
    } else if (target.kind === 'auth') void serveAuth(exchange, auth, limits, report);
    else if (target.kind === 'metrics' && deps.metrics !== undefined) {
      exchange.ending.outcome = 'ok';
      deps.metrics(request, response);
    } else refuse(exchange, notFound());
  }

  async function authenticate(auth: Auth, { id, ip, request }: Exchange, route: string, isAgain = false) {
    const { url: path = '', headersDistinct: headers } = request;
    const result = await auth.authenticate({ id, route, url: path, headers, ip, isAgain });
    return 'identity' in result ? result.identity : reported(result.refusal);
  }

  /** Ends a stream whose client could not open it now. Never throws. */
  async function checkStream(stream: OpenStream): Promise<void> {
    const { exchange } = stream;
    const { auth, routes, context } = running;
    const route = routes.get(exchange.ending.route ?? '')?.route;
    if (route === undefined) return stream.end();
    try {
      const identity = auth.isPublic(route.name) ? null : await authenticate(auth, exchange, route.name, true);
      // Without its issuer, nobody knows whether the credential is still good.
      if (isRefusal(identity) && identity.status === 503) return;
      const isSame = !isRefusal(identity) && (identity?.subject ?? null) === exchange.ending.subject;
      if (!isSame || context.authorize(exchange, route, identity, []) !== null) return stream.end();
      stream.expireAt(identity?.expiresAt ?? null);
    } catch (error) {
      report({ type: 'problem', at: now(), part: 'auth', message: describeError(error) });
    }
  }

  function reported<Answer extends Refusal | null>(refused: Answer): Answer {
    if (refused !== null && refused.fact !== null) report(refused.fact);
    return refused;
  }

  const listener: Listener = await listenFor({
    name: deps.name ?? 'gateway',
    listen: loaded.config.listen,
    limits: loaded.config.limits,
    tls,
    onRequest: handle,
    onBadRequest: (status, ip) => reportBadRequest(status, ip, report),
    onRefused: (count, ip) => report({ type: 'connections_refused', at: now(), count, ip: plainAddress(ip) }),
  }).catch((error: unknown) => {
    redis?.close();
    throw error;
  });
  const url = `${tls === null ? 'http' : 'https'}://${listener.address}`;
  try {
    // Its address is known now, and no request has been read yet.
    running = start(loaded, parts, null);
  } catch (error) {
    listener.stopAccepting();
    redis?.close();
    throw error;
  }
  report({ type: 'started', at: now(), address: url, routes: [...running.routes.keys()] });

  return {
    url,
    report,
    async reload(changed) {
      const nextParts = await partsFor(changed.config);
      if (isStopping) throw new Error('the gateway is stopping');
      const before = running;
      assertReloadable(before.config, changed.config);
      const nextTls = tlsOf(changed);
      const isAuditSame = isDeepStrictEqual(changed.config.audit, before.config.audit);
      const nextAudit = isAuditSame ? audit : auditOf(changed, deps.report);
      let next: Running;
      try {
        next = start(changed, nextParts, before);
      } catch (error) {
        if (nextAudit !== audit) void nextAudit?.close();
        throw error;
      }
      limits.use(changed.config);
      if (!isAuditSame) {
        void audit?.close();
        audit = nextAudit;
      }
      if (nextTls !== null) listener.setTls(nextTls);
      listener.setLimits(changed.config.limits);
      // Before the swap: servers learn of it by the upstreams that are replaced.
      sessions.endUnless((session) => hasServer(session, before.routes, next.routes), 'upstream_gone');
      running = next;
      const { seal } = next.context;
      if (seal !== before.context.seal) sessions.endUnless(({ id }) => seal.open(id) !== null, 'key_gone');
      void streams.check();
      closeReplaced(before.routes, next.routes, before.config.limits.stop);
      report({ type: 'reloaded', at: now(), changed: changedPaths(before.config, changed.config) });
    },
    async stop(graceMs) {
      isStopping = true;
      report({ type: 'stopping', at: now(), requests: open });
      const deadline = now() + graceMs;
      streams.stop();
      await delay(Math.min(LINGER_MS, graceMs));
      listener.stopAccepting();
      listener.closeIdle();
      while (open > 0 && now() < deadline) await delay(20);
      const lost = open;
      sessions.close();
      listener.closeAll();
      await Promise.all([...running.routes.values()].map(({ upstreams }) => upstreams.close(0)));
      report({ type: 'stopped', at: now(), lost });
      redis?.close();
      const ended = audit;
      // Later facts would open its file again.
      audit = null;
      await ended?.close();
      return { lost };
    },
  };
}

function auditOf({ config, folder }: LoadedConfig, report: Report): AuditLog | null {
  const { audit } = config;
  return audit === undefined ? null : openAudit({ ...audit, file: resolve(folder, audit.file) }, report);
}

/** @throws UsageError */
function tlsOf({ config: { tls }, folder }: LoadedConfig): SecureContextOptions | null {
  return tls === undefined ? null : readTls(tls, folder);
}

/** Closes the upstreams of routes that others do not use. */
function closeReplaced(routes: Routes, others: Routes, graceMs: number): void {
  for (const [name, { upstreams }] of routes) {
    if (others.get(name)?.upstreams !== upstreams) void upstreams.close(graceMs);
  }
}

/** Whether the server of a session is the same after a reload. A program ends with the upstreams of its route. */
function hasServer({ route, upstream }: OpenedSession, before: Routes, after: Routes): boolean {
  if (before.get(route)?.upstreams === after.get(route)?.upstreams) return true;
  const [url, next] = [before, after].map((routes) => {
    const found = routes.get(route)?.route.upstreams.find(({ name }) => name === upstream);
    return found !== undefined && 'url' in found ? found.url : null;
  });
  return url !== null && url === next;
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

/** Metadata of auth, and logins of browsers. */
async function serveAuth(exchange: Exchange, auth: Auth, limits: RateLimiter, report: Report): Promise<void> {
  const { id, request, response, ip, ending } = exchange;
  try {
    const counted = limits.takeEarly({ route: '', ip });
    const limited = counted && refuseLimited(await counted, { id, route: null, ip, subject: null }, report);
    if (limited !== null) return refuse(exchange, limited);
    if (!(await auth.handle(request, response, ip))) return refuse(exchange, notFound());
    ending.outcome = response.statusCode < 400 ? 'ok' : 'refused';
  } catch (error) {
    report({ type: 'problem', at: now(), part: 'auth', message: describeError(error) });
    refuse(exchange, refusal(500, RPC.internal, 'Internal error', { outcome: 'internal' }));
  }
}
