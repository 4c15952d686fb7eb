import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { type RpcMessage, readMessages } from '../../mcp/messages/index.js';
import type { HeaderList } from '../../model/exchange.js';
import type { EmitHttpEvent, RuledLine } from '../../wire/index.js';
import type { Route } from '../config/route-schema.js';
import type { Report, UpstreamErrorKind } from '../facts.js';
import type { Limited, RateLimiter } from '../limits/rate-limits.js';
import { refuseLimited } from '../limits/refuse-limited.js';
import { answerServer } from '../policy/answer-server.js';
import { changeHeaders } from '../policy/change-headers.js';
import type { RoutePolicy } from '../policy/route-policy.js';
import { ruleAnswer } from '../policy/rule-answer.js';
import { ruleRequest } from '../policy/rule-request.js';
import type { RuledExchange } from '../policy/ruled-exchange.js';
import { RPC, refusal, sessionNotFound } from '../refusals.js';
import { type GatewayRequest, type Identity, isRefusal, type Refusal } from '../request.js';
import { type Exchange, newSpanId, refuse, traceOf } from '../server/exchange.js';
import { readBody } from '../server/read-body.js';
import { MAX_UPSTREAM_SESSION_LENGTH, type Seal } from '../session/seal.js';
import type { LiveSession, SessionTable } from '../session/session-table.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { Chosen, UpstreamAnswer, UpstreamRequest, Upstreams } from '../upstream/upstreams.js';
import { checkMessages, checkPostHeaders, checkVersion, toolOf, traceparentOf } from './check-message.js';
import { expiryAt } from './expiry.js';
import { observeTools } from './observe-tools.js';
import { clientHeaders, upstreamHeaders } from './pass-headers.js';
import { type RecordedAddress, type Recording, recordRequest } from './recording.js';
import { DONE, streamAnswer } from './stream-answer.js';

/** A route while the gateway runs. */
export interface RunningRoute {
  route: Route;
  upstreams: Upstreams;
  /** Null without rules. */
  policy: RoutePolicy | null;
}

/** What the steps of a request need of the gateway. */
export interface RouteContext {
  seal: Seal;
  sessions: SessionTable;
  /** Of all routes. */
  maxSessions: number;
  /** Of a body, where the route has no limit of its own. */
  maxBody: number;
  sample: number;
  report: Report;
  limits: RateLimiter;
  /** Of routes that do not say. */
  record: boolean;
  /** Null: nothing is recorded. */
  recorder: { address: RecordedAddress; emit: EmitHttpEvent } | null;
  authenticate(exchange: Exchange, route: Route): Promise<Identity | null | Refusal>;
  /** Null: the identity may call these tools. */
  authorize(exchange: Exchange, route: Route, identity: Identity | null, tools: readonly string[]): Refusal | null;
  /** An upstream did not accept what authenticates the gateway. */
  onCredentialsRefused(route: Route, upstream: string, identity: Identity | null): void;
  /** Each ends an open GET stream, when the gateway stops. */
  streams: Set<() => void>;
}

/** For clients that find no room. */
const RETRY_S = 5;

const METHODS = ['POST', 'GET', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

/** One request to a route: authenticated, checked, forwarded, and its answer streamed to the client. Never throws. */
export async function serveRoute(exchange: Exchange, running: RunningRoute, context: RouteContext): Promise<void> {
  const { ending } = exchange;
  let messages: readonly RpcMessage[] = [];
  try {
    const { route } = running;
    ending.route = route.name;
    const method = METHODS.find((each) => each === exchange.request.method);
    if (method === undefined) {
      return refuse(
        exchange,
        refusal(405, RPC.refused, 'Method Not Allowed', { headers: { allow: 'GET, POST, DELETE' } }),
      );
    }
    const { id, ip } = exchange;
    const { name } = route;
    const { limits, report } = context;
    const limited = (found: Limited | null) =>
      refuseLimited(found, { id, route: name, ip, subject: ending.subject }, report);
    const tooEarly = limited(await limits.takeEarly({ route: name, ip }));
    if (tooEarly !== null) return refuse(exchange, tooEarly);
    const early =
      method === 'POST' ? checkPostHeaders(exchange.request.headers) : checkVersion(exchange.request.headers);
    if (early !== null) return refuse(exchange, early);
    const identity = await context.authenticate(exchange, route);
    if (isRefusal(identity)) return refuse(exchange, identity);
    ending.subject = identity?.subject ?? null;
    const session = openSession(exchange, route, identity, context);
    if (isRefusal(session)) return refuse(exchange, session);
    const body = await bodyOf(exchange, method, route.limits.body ?? context.maxBody);
    if (isRefusal(body)) return refuse(exchange, body);
    if (method === 'POST') {
      messages = readMessages({ bytes: body.bytes, size: body.bytes.length, truncated: false });
      noteMessages(exchange, messages, context.sample);
      const wrong = checkMessages(exchange.request.headers, messages);
      if (wrong !== null) return refuse(exchange, wrong, idOf(messages));
    }
    const tools = messages.flatMap((message) => toolOf(message) ?? []);
    const tooMany = limited(
      await limits.takeLate({
        route: name,
        ip,
        subject: ending.subject,
        session: session?.id ?? null,
        tools,
        messages: messages.length,
      }),
    );
    if (tooMany !== null) return refuse(exchange, tooMany, idOf(messages));
    const missing = context.authorize(exchange, route, identity, tools);
    if (missing !== null) return refuse(exchange, missing, idOf(messages));
    const request: GatewayRequest = {
      id: exchange.id,
      at: exchange.at,
      route,
      ip: exchange.ip,
      method,
      path: `/mcp/${route.name}`,
      headers: exchange.request.headers,
      identity,
      session,
      messages,
      body: body.bytes,
      trace: exchange.trace,
    };
    const ruled = running.policy?.open(request) ?? null;
    if (ruled !== null) exchange.response.on('close', () => ruled.end());
    const recorded = (body: Uint8Array, lines: readonly RuledLine[]) => {
      exchange.recording = record({ ...request, body }, context, lines);
    };
    if (ruled === null) recorded(body.bytes, []);
    const passed = ruled === null ? { request, made: [] } : await ruleRequest(exchange, request, ruled, recorded);
    if (passed === null) return;
    const refused = await forward({ exchange, session, ruled, ...passed }, running, context);
    if (refused !== null) refuse(exchange, refused, idOf(messages));
  } catch (error) {
    context.report({ type: 'problem', at: now(), part: 'route', message: describeError(error) });
    refuse(exchange, refusal(500, RPC.internal, 'Internal error', { outcome: 'internal' }), idOf(messages));
    exchange.response.destroy();
  }
}

function record(
  request: GatewayRequest,
  { record: isDefault, recorder }: RouteContext,
  lines: readonly RuledLine[],
): Recording | null {
  const { route, headers, trace, session } = request;
  if (recorder === null || !(route.record ?? isDefault)) return null;
  const passed = upstreamHeaders(headers, trace, trace.spanId, []);
  const known: HeaderList = session === null ? passed : [...passed, ['mcp-session-id', session.id]];
  return recordRequest(request, known, recorder.address, recorder.emit, lines);
}

/** The session of a request; null where it has none. */
function openSession(
  { request }: Exchange,
  route: Route,
  identity: Identity | null,
  { seal, sessions }: RouteContext,
): LiveSession | Refusal | null {
  const id = request.headers['mcp-session-id'];
  if (typeof id !== 'string') return null;
  let session = sessions.get(id);
  if (session === null) {
    const opened = sessions.hasEnded(id) ? null : seal.open(id);
    if (opened === null) return sessionNotFound();
    // Another process has opened it. Whether it was used there meanwhile is not known.
    session = sessions.add({ id, ...opened }, false);
  }
  if (session.route !== route.name || session.subject !== (identity?.subject ?? null)) return sessionNotFound();
  const over = sessions.isOver(session);
  if (over !== null) {
    sessions.end(session, over);
    return sessionNotFound();
  }
  sessions.touch(session);
  return session;
}

async function bodyOf(exchange: Exchange, method: Method, limit: number): Promise<{ bytes: Buffer } | Refusal> {
  const { request, response, ending } = exchange;
  // RFC 9110: a body of GET or DELETE has no meaning, and smugglers send one.
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (method !== 'POST') {
    if (length === '0' && coding === undefined) return { bytes: Buffer.alloc(0) };
    return refusal(400, RPC.invalidRequest, `Bad Request: ${method} has no body here`);
  }
  if (request.headers.expect !== undefined && Number(length) <= limit) response.writeContinue();
  const body = await readBody(request, limit);
  if ('bytes' in body) {
    ending.bytesIn = body.bytes.length;
    return body;
  }
  if (body.failed === 'too_large') {
    return refusal(413, RPC.invalidRequest, `Payload Too Large: a message has at most ${limit} bytes`);
  }
  return refusal(400, RPC.invalidRequest, 'Bad Request: the body did not arrive', { outcome: 'client_gone' });
}

function noteMessages(exchange: Exchange, messages: readonly RpcMessage[], sample: number): void {
  const first = messages.find(({ kind }) => kind === 'request') ?? messages[0];
  if (first === undefined) return;
  exchange.ending.method = first.method;
  exchange.ending.tool = toolOf(first);
  const parent = traceparentOf(first);
  if (parent !== null) exchange.trace = traceOf(parent, sample);
}

interface Forwarding {
  exchange: Exchange;
  request: GatewayRequest;
  session: LiveSession | null;
  ruled: RuledExchange | null;
  /** Answers of rules to other requests of the same batch. */
  made: readonly Buffer[];
}

/** @returns a refusal where no answer of upstream was passed on */
async function forward(
  { exchange, request, session, ruled, made }: Forwarding,
  { route, upstreams }: RunningRoute,
  context: RouteContext,
): Promise<Refusal | null> {
  const isOpening = request.messages.some(({ method }) => method === 'initialize');
  const full = isOpening ? fullSessions(request, context) : null;
  if (full !== null) return full;
  const chosen = await upstreams.choose(request);
  if (isRefusal(chosen)) return chosen;
  exchange.ending.upstream = chosen.upstream;
  const isRequest = request.messages.some(({ kind }) => kind === 'request');
  const left = new AbortController();
  exchange.response.on('close', () => left.abort(DONE));
  if (session !== null && isRequest) session.requests += 1;
  const expiry = expiryAt(request.identity?.expiresAt ?? null);
  try {
    const answer = await ask({ exchange, request, chosen, isRequest, left, ruled, made, context });
    if (isRefusal(answer)) return answer;
    exchange.ending.upstream = answer.upstream ?? chosen.upstream;
    const headers = clientHeaders(answer.headers, ruled?.answerHeaders ?? []);
    if (isOpening && answer.session !== null && answer.status < 300) {
      const opened = newSession(answer.session, request, exchange.ending.upstream, context);
      headers['mcp-session-id'] = opened.id;
    }
    if (session !== null) noteAnswer(session, request.method, answer.status, context.sessions);
    await streamAnswer(exchange, { ...answer, body: observed(answer, exchange, request, context) }, headers, {
      left,
      idleMs: route.limits.stream_idle,
      maxBytes: route.limits.response,
      // Clients open a GET stream again, with a new token where theirs has expired; requests are waited for.
      closers:
        request.method === 'GET'
          ? [context.streams, expiry.closers, ...(session === null ? [] : [session.streams])]
          : [],
      onByte() {
        if (session !== null) context.sessions.touch(session);
      },
      onBroken: (error) => reportBroken(error, exchange, context.report),
    });
    return null;
  } finally {
    expiry.cancel();
    if (session !== null && isRequest) session.requests -= 1;
  }
}

/** The body of an answer; the names of tools in it are reported. */
function observed(
  { body, status }: UpstreamAnswer,
  { ending }: Exchange,
  { messages, route }: GatewayRequest,
  { report }: RouteContext,
): AsyncIterable<Uint8Array> {
  if (status >= 300 || !messages.some(({ method }) => method === 'tools/list')) return body;
  return observeTools(body, (tools) => {
    report({ type: 'tools_listed', at: now(), route: route.name, upstream: ending.upstream ?? '', tools });
  });
}

/** A refusal where no further session may be opened. */
function fullSessions({ id, route, identity, ip }: GatewayRequest, { sessions, maxSessions, report }: RouteContext) {
  const { limits, name } = route;
  const subject = identity?.subject ?? null;
  const ofSubject = limits.sessions_per_subject ?? Number.POSITIVE_INFINITY;
  const isSubjectFull = sessions.count(name, subject) >= ofSubject;
  if (!isSubjectFull && sessions.size < maxSessions && sessions.count(name) < limits.sessions) return null;
  report({ type: 'limited', at: now(), request: id, tier: 'sessions', route: name, subject, ip, retryAfterS: RETRY_S });
  const more = { outcome: 'limited', headers: { 'retry-after': String(RETRY_S) } } as const;
  return isSubjectFull
    ? refusal(429, RPC.refused, 'Too Many Requests: too many sessions', more)
    : refusal(503, RPC.refused, 'Service Unavailable: too many sessions', more);
}

function newSession(
  upstreamSession: string,
  { route, identity, at }: GatewayRequest,
  upstream: string,
  { seal, sessions }: RouteContext,
): LiveSession {
  const fields = { route: route.name, upstream, upstreamSession, subject: identity?.subject ?? null, openedAt: at };
  return sessions.add({ id: seal.seal(fields), ...fields }, true);
}

/** Upstream has ended a session, by itself or since it was asked to. */
function noteAnswer(session: LiveSession, method: string, status: number, sessions: SessionTable): void {
  if (status === 404) sessions.end(session, 'upstream_gone');
  else if (method === 'DELETE' && status < 300) sessions.end(session, 'deleted');
}

interface Asking {
  exchange: Exchange;
  request: GatewayRequest;
  chosen: Chosen;
  isRequest: boolean;
  left: AbortController;
  ruled: RuledExchange | null;
  made: readonly Buffer[];
  context: RouteContext;
}

/** Sends a request upstream, and waits for the head of its answer; where rules may change it, for all of a document. */
async function ask(asking: Asking): Promise<UpstreamAnswer | Refusal> {
  const { exchange, request, chosen, isRequest, left, ruled, made, context } = asking;
  const { route, method, headers, session, body, trace, messages, identity } = request;
  const { report } = context;
  const { first_byte: firstByte, stream_idle: streamIdle } = route.limits;
  // Some servers send the head of a GET stream with its first event.
  const limit = method === 'GET' ? streamIdle : firstByte;
  const timer = setTimeout(() => {
    left.abort(new UpstreamError('timeout', `no answer within ${limit} ms`));
  }, limit);
  const spanId = newSpanId();
  const began = now();
  let status: number | null = null;
  let answeredAt: number | null = null;
  const passed = upstreamHeaders(headers, trace, spanId, chosen.forwardHeaders);
  const sent: UpstreamRequest = {
    method: asMethod(method),
    headers: changeHeaders(passed, ruled?.requestHeaders ?? []),
    session: session?.upstreamSession ?? null,
    body,
    messages,
    identity,
    owner: identity?.subject ?? request.ip,
    isRequest,
    signal: left.signal,
  };
  try {
    const answer = await chosen.send(sent);
    status = answer.status;
    answeredAt = now();
    clearTimeout(timer);
    if (status === 401) context.onCredentialsRefused(route, chosen.upstream, identity);
    const unusable = checkAnswer(answer);
    if (unusable !== null) throw unusable;
    if (ruled === null) return answer;
    return await ruleAnswer(answer, {
      exchange: ruled,
      made,
      hangMs: streamIdle,
      answerServer: (bytes) => void answerServer(bytes, sent, chosen, report),
    });
  } catch (error) {
    left.abort(DONE);
    if (exchange.response.destroyed)
      return refusal(499, RPC.refused, 'Client Closed Request', { outcome: 'client_gone' });
    if (!(error instanceof UpstreamError)) throw error;
    reportBroken(error, exchange, report);
    return STATUSES[error.kind];
  } finally {
    clearTimeout(timer);
    const at = answeredAt ?? now();
    const { id, ip } = exchange;
    report({
      type: 'upstream_answered',
      at,
      request: id,
      route: route.name,
      ip,
      upstream: chosen.upstream,
      status,
      durationMs: at - began,
      trace,
      spanId,
    });
  }
}

/** Why an answer is not passed on; null where it is. */
function checkAnswer({ status, session }: UpstreamAnswer): UpstreamError | null {
  // The client must not log in again: its own credentials are right.
  if (status === 401 || status === 407)
    return new UpstreamError('malformed', `refused the credentials of the gateway (${status})`);
  if (status < 200 || (status >= 300 && status < 400))
    return new UpstreamError('malformed', `answered with status ${status}`);
  if ((session?.length ?? 0) > MAX_UPSTREAM_SESSION_LENGTH)
    return new UpstreamError('malformed', 'the id of its session is too long');
  return null;
}

const failed = { outcome: 'upstream_error' } as const;
const badGateway = refusal(502, RPC.refused, 'Bad Gateway: the server did not answer', failed);
const STATUSES: Readonly<Record<UpstreamErrorKind, Refusal>> = {
  refused: badGateway,
  dns: badGateway,
  tls: badGateway,
  reset: badGateway,
  exited: badGateway,
  malformed: refusal(502, RPC.refused, 'Bad Gateway: the answer of the server cannot be used', failed),
  too_large: refusal(502, RPC.refused, 'Bad Gateway: the answer of the server is too large', failed),
  timeout: refusal(504, RPC.refused, 'Gateway Timeout: the server did not answer in time', { outcome: 'timeout' }),
  credentials: refusal(502, RPC.refused, 'Bad Gateway: the gateway has no credentials for the server', failed),
  full: refusal(503, RPC.refused, 'Service Unavailable: the server has no room', {
    outcome: 'no_upstream',
    headers: { 'retry-after': String(RETRY_S) },
  }),
};

function reportBroken(error: UpstreamError, { id, ending }: Exchange, report: Report): void {
  const { kind, message } = error;
  const { route, upstream } = ending;
  report({
    type: 'upstream_error',
    at: now(),
    route: route ?? '',
    upstream: upstream ?? '',
    kind,
    message,
    request: id,
  });
}

function asMethod(method: string): Method {
  return METHODS.find((each) => each === method) ?? 'POST';
}

/** Of the first request: what an error answers. */
function idOf(messages: readonly RpcMessage[]): string | number | null {
  return messages.find(({ kind }) => kind === 'request')?.id ?? null;
}
