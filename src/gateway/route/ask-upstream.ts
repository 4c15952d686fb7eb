import { now } from '../../base/clock.js';
import type { Canceller } from '../cancel-signal.js';
import type { Report, UpstreamErrorKind } from '../facts.js';
import { changeHeaders } from '../policy/change-headers.js';
import type { RuledExchange } from '../policy/ruled-exchange.js';
import { RETRY_S, RPC, refusal } from '../refusals.js';
import type { GatewayRequest, Refusal } from '../request.js';
import { type Exchange, newSpanId } from '../server/exchange.js';
import { MAX_UPSTREAM_SESSION_LENGTH } from '../session/seal.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { Chosen, RoutedRequest, UpstreamAnswer } from '../upstream/upstreams.js';
import { WholeBody } from '../upstream/whole-body.js';
import { ENDED, isStream } from './open-streams.js';
import { upstreamHeaders } from './pass-headers.js';
import type { RouteContext } from './route-context.js';
import { DONE } from './stream-answer.js';

export interface Asking {
  exchange: Exchange;
  request: GatewayRequest;
  chosen: Chosen;
  isRequest: boolean;
  left: Canceller;
  ruled: RuledExchange | null;
  made: readonly Buffer[];
  /** Called with an answer that is not passed on. */
  onUnused(answer: UpstreamAnswer): void;
  context: RouteContext;
}

/** Sends a request upstream, and waits for the head of its answer; for the whole document if rules may change it. */
export async function ask(asking: Asking): Promise<UpstreamAnswer | Refusal> {
  const { exchange, request, chosen, isRequest, left, ruled, made, onUnused, context } = asking;
  const { route, method, headers, session, body, trace, messages, identity } = request;
  const { report, policies } = context;
  const { first_byte: firstByte, stream_idle: streamIdle } = route.limits;
  const giveUpAfter = (ms: number) =>
    setTimeout(() => left.abort(new UpstreamError('timeout', `no answer within ${ms} ms`)), ms);
  // Some servers send the head of a stream with its first event.
  let timer = giveUpAfter(isStream(request) ? streamIdle : firstByte);
  const spanId = newSpanId();
  let began = now();
  let answer: UpstreamAnswer | null = null;
  let answeredAt: number | null = null;
  const reportAttempt = (upstream: string, status: number | null, at: number, span: string) => {
    report({
      type: 'upstream_answered',
      at,
      request: exchange.id,
      route: route.name,
      ip: exchange.ip,
      upstream,
      status,
      // The time may be over before a further attempt begins.
      durationMs: Math.max(0, at - began),
      trace,
      spanId: span,
    });
  };
  const sent: RoutedRequest = {
    method,
    headersFor: (forwarded) =>
      changeHeaders(upstreamHeaders(headers, trace, spanId, forwarded), ruled?.requestHeaders ?? []),
    session: session?.upstreamSession ?? null,
    body,
    messages,
    identity,
    isRequest,
    onCredentials: (credentials) => exchange.recording?.secrets(credentials),
    onRepeat: ({ upstream, at, nextAt, failure }) => {
      const isError = failure instanceof UpstreamError;
      reportAttempt(upstream, isError ? null : failure, at, newSpanId());
      exchange.ending.upstream = upstream;
      if (isError) reportBroken(failure, exchange, report);
      began = nextAt;
    },
    signal: left,
  };
  try {
    answer = await chosen.send(sent);
    answeredAt = now();
    clearTimeout(timer);
    if (answer.status === 401) context.onCredentialsRefused(route, answer.upstream ?? chosen.upstream, identity);
    const unusable = checkAnswer(answer);
    if (unusable !== null) throw unusable;
    if (ruled === null || policies === null) return answer;
    // Rules read the whole document before the client gets any of it.
    timer = giveUpAfter(streamIdle);
    return await policies.ruleAnswer(answer, {
      exchange: ruled,
      method,
      made,
      hangMs: streamIdle,
      signal: left,
      answerServer: (bytes) => void policies.answerServer(bytes, sent, chosen, report),
    });
  } catch (error) {
    const { reason } = left;
    left.abort(DONE);
    exchange.ending.upstream = answer?.upstream ?? chosen.upstream;
    if (answer !== null) onUnused(answer);
    if (exchange.response.destroyed)
      return refusal(499, RPC.refused, 'Client Closed Request', { outcome: 'client_gone' });
    if (reason === ENDED) return EMPTY_STREAM;
    if (!(error instanceof UpstreamError)) throw error;
    reportBroken(error, exchange, report);
    return STATUSES[error.kind];
  } finally {
    clearTimeout(timer);
    reportAttempt(answer?.upstream ?? chosen.upstream, answer?.status ?? null, answeredAt ?? now(), spanId);
  }
}

/** The answer of a stream that was ended before upstream began it: its client opens it again, as after any end. */
const EMPTY_STREAM: UpstreamAnswer = {
  status: 200,
  headers: [['content-type', 'text/event-stream']],
  session: null,
  body: new WholeBody(Buffer.alloc(0)),
};

/** Why an answer is not passed on; null if it is. */
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

export function reportBroken(error: UpstreamError, { id, ending }: Exchange, report: Report): void {
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
