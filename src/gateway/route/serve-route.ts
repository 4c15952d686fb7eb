import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { messagesIn, type RpcMessage } from '../../mcp/messages/index.js';
import type { HeaderList } from '../../model/exchange.js';
import type { RuledLine } from '../../wire/index.js';
import type { Route } from '../config/route-schema.js';
import type { Limited } from '../limits/rate-limits.js';
import { refuseLimited } from '../limits/refuse-limited.js';
import type { RuledExchange } from '../policy/ruled-exchange.js';
import { RPC, refusal, sessionNotFound } from '../refusals.js';
import { type GatewayRequest, type Identity, isRefusal, METHODS, type Method, type Refusal } from '../request.js';
import { type Exchange, refuse, traceOf } from '../server/exchange.js';
import { readBody } from '../server/read-body.js';
import type { LiveSession } from '../session/session-table.js';
import { checkMessages, checkPostHeaders, checkVersion, toolOf, traceparentOf } from './check-message.js';
import { forward } from './forward.js';
import { furtherHeaders, upstreamHeaders } from './pass-headers.js';
import { type Recording, recordRequest } from './recording.js';
import type { RouteContext, RunningRoute } from './route-context.js';

/** One request to a route: authenticated, checked, forwarded, and its answer streamed to the client. Never throws. */
export async function serveRoute(exchange: Exchange, running: RunningRoute, context: RouteContext): Promise<void> {
  const { ending } = exchange;
  let messages: readonly RpcMessage[] = [];
  let session: LiveSession | null = null;
  try {
    const { route } = running;
    const method = METHODS.find((each) => each === exchange.request.method);
    if (method === undefined) {
      return refuse(
        exchange,
        refusal(405, RPC.refused, 'Method Not Allowed', { headers: { allow: 'GET, POST, DELETE' } }),
      );
    }
    const { id, ip } = exchange;
    const { name } = route;
    const { limits, policies, report } = context;
    const limited = (found: Limited | null) =>
      refuseLimited(found, { id, route: name, ip, subject: ending.subject }, report);
    // Waits only for what takes time: a wait costs more than most steps.
    const countedEarly = limits.takeEarly({ route: name, ip });
    const tooEarly = countedEarly && limited(await countedEarly);
    if (tooEarly !== null) return refuse(exchange, tooEarly);
    const early =
      method === 'POST' ? checkPostHeaders(exchange.request.headers) : checkVersion(exchange.request.headers);
    if (early !== null) return refuse(exchange, early);
    const identified = context.authenticate(exchange, route);
    const identity = identified && (await identified);
    if (isRefusal(identity)) return refuse(exchange, identity);
    ending.subject = identity?.subject ?? null;
    const opened = openSession(exchange, route, identity, context);
    if (isRefusal(opened)) return refuse(exchange, opened);
    session = opened;
    const body = await bodyOf(exchange, method, route.limits.body ?? context.maxBody);
    if (isRefusal(body)) return refuse(exchange, body);
    if (method === 'POST') {
      messages = messagesIn(body.bytes);
      noteMessages(exchange, messages, context.sample);
      const wrong = checkMessages(exchange.request.headers, messages);
      if (wrong !== null) return refuse(exchange, wrong, idOf(messages));
    }
    const tools = messages.flatMap((message) => toolOf(message) ?? []);
    const counted = limits.takeLate({
      route: name,
      ip,
      subject: ending.subject,
      session: session?.id ?? null,
      tools,
      messages: messages.length,
    });
    const tooMany = counted && limited(await counted);
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
      exchange.recording = record(request, body, context, ruled, lines);
    };
    if (ruled === null) recorded(body.bytes, []);
    const passed =
      ruled === null || policies === null
        ? { request, made: [] }
        : await policies.ruleRequest(exchange, request, ruled, recorded);
    if (passed === null) return;
    const refused = await forward(
      { exchange, session, ruled, request: passed.request, made: passed.made },
      running,
      context,
    );
    if (refused !== null) refuse(exchange, refused, idOf(messages));
  } catch (error) {
    context.report({ type: 'problem', at: now(), part: 'route', message: describeError(error) });
    refuse(exchange, refusal(500, RPC.internal, 'Internal error', { outcome: 'internal' }), idOf(messages));
    exchange.response.destroy();
  } finally {
    if (session !== null) context.sessions.release(session);
  }
}

function record(
  request: GatewayRequest,
  body: Uint8Array,
  { record: isDefault, recorder }: RouteContext,
  ruled: RuledExchange | null,
  lines: readonly RuledLine[],
): Recording | null {
  const { route, headers, trace, session } = request;
  if (recorder === null || !(route.record ?? isDefault)) return null;
  const passed = upstreamHeaders(headers, trace, trace.spanId, []);
  const known: HeaderList = session === null ? passed : [...passed, ['mcp-session-id', session.id]];
  const extra = route.upstreams.flatMap((upstream) => ('url' in upstream ? upstream.forward_headers : []));
  const further = furtherHeaders(headers, extra, ruled?.requestHeaders ?? []);
  return recordRequest({ ...request, body }, known, further, recorder.address, recorder.emit, lines);
}

/** The session of a request, held until it is released; null without one. */
function openSession(
  { request }: Exchange,
  route: Route,
  identity: Identity | null,
  { seal, sessions }: RouteContext,
): LiveSession | Refusal | null {
  const id = request.headers['mcp-session-id'];
  if (typeof id !== 'string') return null;
  const live = sessions.get(id);
  const found = live ?? (sessions.hasEnded(id) ? null : seal.open(id));
  if (found === null || found.route !== route.name || found.subject !== (identity?.subject ?? null)) {
    return sessionNotFound();
  }
  // Otherwise another process has opened it; whether it has been used there since is unknown.
  const session = live ?? sessions.add({ ...found, id }, false);
  sessions.hold(session);
  const over = sessions.isOver(session);
  if (over !== null) {
    sessions.end(session, over);
    return sessionNotFound();
  }
  return session;
}

async function bodyOf(exchange: Exchange, method: Method, limit: number): Promise<{ bytes: Buffer } | Refusal> {
  const { request, response, ending } = exchange;
  // RFC 9110: a body of GET or DELETE has no meaning; it may be an attempt at request smuggling.
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

/** Id of the first request, which an error answers. */
function idOf(messages: readonly RpcMessage[]): string | number | null {
  return messages.find(({ kind }) => kind === 'request')?.id ?? null;
}
