import { createHash } from 'node:crypto';
import type { CapturedBody, CapturedRequest, CapturedResponse, HeaderList } from '../../../src/model/exchange.js';
import { requestId, responseId } from '../../../src/model/ids.js';
import type { ContentBlock } from '../../../src/model/message.js';
import type { ThreadAttribution } from '../../../src/model/thread.js';
import type { Usage } from '../../../src/model/usage.js';
import { serializeEvent, streamEvents } from '../../../src/scripted/message-stream.js';
import type { Run } from '../../../src/store/index.js';
import type { Random } from '../truth/texts.js';

/** One exchange of a history, as capture and attribution make it. */
export interface HistoryExchange {
  run: Run;
  request: CapturedRequest;
  /** Null: still open. */
  response: CapturedResponse | null;
  attribution: ThreadAttribution | null;
  rating: { rating: number; comment: string | null } | null;
}

/** How an exchange ends. */
export type Ending = 'answered' | 'overloaded' | 'refused' | 'aborted' | 'failed';

export type RequestParts = Pick<CapturedRequest, 'sessionId' | 'agentId' | 'promptId' | 'kind' | 'model'> & {
  path: string;
  /** Unix ms. */
  at: number;
  body: Buffer;
};

export function makeRequest(run: Run, random: Random, parts: RequestParts): CapturedRequest {
  const { path, at, body, sessionId, ...plain } = parts;
  const correlationId = ulidAt(at, random);
  return {
    ...plain,
    sessionId,
    id: requestId(correlationId),
    correlationId,
    runId: run.id,
    origin: 'wire',
    parentAgentId: null,
    method: 'POST',
    url: `https://api.anthropic.com${path}`,
    host: 'api.anthropic.com',
    httpVersion: '1.1',
    headers: [
      ['Host', 'api.anthropic.com'],
      ['Content-Type', 'application/json'],
      ['User-Agent', 'claude-cli/2.1.0 (external, cli)'],
      ['anthropic-version', '2023-06-01'],
      ['X-Claude-Code-Session-Id', sessionId ?? ''],
      ['x-client-request-id', correlationId],
      ['Content-Length', String(body.length)],
    ],
    body: bodyOf(body),
    streaming: plain.kind === 'messages',
    timestamps: {
      initiated: at,
      received: at + 1.25,
      forwarded: at + 1.5,
      firstByte: null,
      responseEnd: null,
      delivered: null,
    },
    degraded: null,
  };
}

interface End {
  ending: Ending;
  latencyMs: number;
  /** The answer; empty unless answered. */
  answer: ContentBlock[];
  usage: Usage | null;
}

function stateOf(ending: Ending, status: number | null): CapturedResponse['state'] {
  if (ending === 'aborted') return ending;
  return ending === 'failed' || (status ?? 0) >= 400 ? 'failed' : 'complete';
}

export function makeResponse(request: CapturedRequest, { ending, latencyMs, answer, usage }: End): CapturedResponse {
  const { correlationId, model, timestamps } = request;
  const [status, error] = OUTCOMES[ending];
  const firstByte = status === null ? null : timestamps.initiated + latencyMs / 4;
  const whole = ending !== 'aborted' && ending !== 'failed';
  const end = timestamps.initiated + latencyMs;
  const stopReason = answer.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
  return {
    id: responseId(correlationId),
    requestId: request.id,
    correlationId,
    state: stateOf(ending, status),
    error,
    status,
    reason: status === null ? null : (REASONS[status] ?? null),
    headers: status === null ? [] : headersOf(request, status),
    body: bodyOf(responseBody(request, { ending, answer, usage }, stopReason)),
    message:
      usage === null || model === null
        ? null
        : {
            id: `msg_${correlationId}`,
            model,
            role: 'assistant',
            content: answer,
            stopReason,
            complete: true,
            contextManagement: null,
          },
    usage,
    timestamps: { ...timestamps, firstByte, responseEnd: whole ? end : null, delivered: whole ? end + 0.5 : null },
    ttftMs: firstByte === null ? null : latencyMs / 4 + 20,
    latencyMs,
    proxyOverheadMs: whole ? 2 : null,
    degraded: null,
  };
}

const OUTCOMES: Readonly<Record<Ending, [status: number | null, error: string | null]>> = {
  answered: [200, null],
  overloaded: [529, 'overloaded_error: Overloaded'],
  refused: [400, 'invalid_request_error: prompt is too long'],
  aborted: [200, 'the client left'],
  failed: [null, 'upstream closed the connection'],
};
const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 400: 'Bad Request', 529: '' };

function headersOf({ correlationId, timestamps, kind }: CapturedRequest, status: number): HeaderList {
  const streamed = kind === 'messages' && status === 200;
  return [
    ['Date', new Date(timestamps.initiated).toUTCString()],
    ['Content-Type', streamed ? 'text/event-stream; charset=utf-8' : 'application/json'],
    ['request-id', `req_01${correlationId.slice(2, 24)}`],
  ];
}

function responseBody(
  { kind, model, correlationId }: CapturedRequest,
  { ending, answer, usage }: Omit<End, 'latencyMs'>,
  stopReason: string,
): Buffer {
  if (ending === 'failed' || ending === 'aborted') return Buffer.of();
  const error = OUTCOMES[ending][1];
  if (error !== null) {
    const [type, message] = error.split(': ');
    return Buffer.from(JSON.stringify({ type: 'error', error: { type, message } }));
  }
  if (kind !== 'messages' || usage === null) return Buffer.from('{"input_tokens":1204}');
  const events = streamEvents({
    id: `msg_${correlationId}`,
    type: 'message',
    role: 'assistant',
    model: model ?? '',
    content: answer,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: {
      input_tokens: usage.uncached,
      cache_read_input_tokens: usage.cacheRead,
      cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
      cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite5m, ephemeral_1h_input_tokens: usage.cacheWrite1h },
      output_tokens: usage.output ?? 0,
    },
  });
  return Buffer.from([...events].map(serializeEvent).join(''));
}

function bodyOf(bytes: Buffer): CapturedBody {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, sha256, size: bytes.length, truncated: false, redacted: false };
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** A lower-case ULID from the seed: https://github.com/ulid/spec */
export function ulidAt(unixMs: number, random: Random): string {
  const digit = (value: number) => CROCKFORD.charAt(Math.floor(value) % 32);
  const time = Array.from({ length: 10 }, (_, index) => digit(unixMs / 32 ** (9 - index)));
  return [...time, ...Array.from({ length: 16 }, () => digit(random() * 32))].join('');
}
