import { now } from '../../base/clock.js';
import { Canceller } from '../cancel-signal.js';
import type { RuledExchange } from '../policy/ruled-exchange.js';
import { RETRY_S, RPC, refusal } from '../refusals.js';
import { type GatewayRequest, isRefusal, type Refusal } from '../request.js';
import type { Exchange } from '../server/exchange.js';
import type { LiveSession, SessionTable } from '../session/session-table.js';
import type { UpstreamAnswer } from '../upstream/upstreams.js';
import { ask, reportBroken } from './ask-upstream.js';
import { observeTools } from './observe-tools.js';
import { isStream, OpenStream } from './open-streams.js';
import { clientHeaders } from './pass-headers.js';
import type { RouteContext, RunningRoute } from './route-context.js';
import { DONE, streamAnswer } from './stream-answer.js';

export interface Forwarding {
  exchange: Exchange;
  request: GatewayRequest;
  session: LiveSession | null;
  ruled: RuledExchange | null;
  /** Answers of rules to other requests of the same batch. */
  made: readonly Buffer[];
}

/**
 * Sends a request to an upstream, and streams the answer to the client.
 * @returns a refusal if no answer of upstream was passed on
 */
export async function forward(
  { exchange, request, session, ruled, made }: Forwarding,
  { route, upstreams }: RunningRoute,
  context: RouteContext,
): Promise<Refusal | null> {
  const isOpening = request.messages.some(({ method }) => method === 'initialize');
  const chosen = upstreams.choose(request);
  if (isRefusal(chosen)) return chosen;
  const full = isOpening ? fullSessions(request, context) : null;
  if (full !== null) return full;
  const reserved = isOpening ? context.sessions.reserve(route.name, request.identity?.subject ?? null) : null;
  exchange.ending.upstream = chosen.upstream;
  const isRequest = request.messages.some(({ kind }) => kind === 'request');
  const left = new Canceller();
  exchange.response.on('close', () => left.abort(DONE));
  let opened: LiveSession | null = null;
  // Requests may finish.
  const closeStream = isStream(request) ? openStream(new OpenStream(exchange, left), request, session, context) : null;
  try {
    const sessionOpenedBy = (answer: UpstreamAnswer) =>
      isOpening && answer.session !== session?.upstreamSession ? answer.session : null;
    const onUnused = (answer: UpstreamAnswer) => {
      const unused = sessionOpenedBy(answer);
      if (unused !== null) upstreams.end(answer.upstream ?? chosen.upstream, unused);
    };
    const answer = await ask({ exchange, request, chosen, isRequest, left, ruled, made, onUnused, context });
    if (isRefusal(answer)) return answer;
    exchange.ending.upstream = answer.upstream ?? chosen.upstream;
    const headers = clientHeaders(answer.headers, ruled?.answerHeaders ?? []);
    const upstreamSession = sessionOpenedBy(answer);
    if (answer.status >= 300) onUnused(answer);
    else if (upstreamSession !== null) {
      opened = newSession(upstreamSession, request, exchange.ending.upstream, context);
      context.sessions.hold(opened);
      headers['mcp-session-id'] = opened.id;
    }
    reserved?.();
    if (session !== null) noteAnswer(session, request.method, answer.status, context.sessions);
    const { status } = answer;
    await streamAnswer(exchange, { status, body: observed(answer, exchange, request, context) }, headers, {
      left,
      idleMs: route.limits.stream_idle,
      maxBytes: route.limits.response,
      onBroken: (error) => reportBroken(error, exchange, context.report),
    });
    return null;
  } finally {
    reserved?.();
    closeStream?.();
    if (opened !== null) context.sessions.release(opened);
  }
}

/** @returns to be called when the stream has ended */
function openStream(
  stream: OpenStream,
  { identity }: GatewayRequest,
  session: LiveSession | null,
  { streams }: RouteContext,
): () => void {
  stream.expireAt(identity?.expiresAt ?? null);
  session?.streams.add(stream.end);
  streams.add(stream);
  return () => {
    stream.expireAt(null);
    session?.streams.delete(stream.end);
    streams.delete(stream);
  };
}

/** The body of an answer, whose names of tools are reported. */
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

/** A refusal if no further session may be opened. */
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

/** Ends a session that upstream has ended, by itself or on request. */
function noteAnswer(session: LiveSession, method: string, status: number, sessions: SessionTable): void {
  // Servers without streams should answer GET with 405; some that have no such path answer with 404.
  if (status === 404 && method !== 'GET') sessions.end(session, 'upstream_gone');
  else if (method === 'DELETE' && status < 300) sessions.end(session, 'deleted');
}
