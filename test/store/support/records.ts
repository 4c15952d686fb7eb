import { createHash } from 'node:crypto';
import type { CapturedBody, CapturedRequest, CapturedResponse } from '../../../src/model/exchange.js';
import { newRunId, newUlid, type RunId, requestId, responseId } from '../../../src/model/ids.js';
import type { Segment, SourceShare } from '../../../src/model/segment.js';
import type { ThreadAttribution } from '../../../src/model/thread.js';
import type { Usage } from '../../../src/model/usage.js';
import type { Run } from '../../../src/store/index.js';

/** Records as capture makes them, with default values. */

export function aRun(values: Partial<Run> = {}): Run {
  return {
    id: newRunId(),
    pid: process.pid,
    startedAt: Date.now(),
    command: 'claude',
    cwd: '/project',
    version: '0.1.0',
    ...values,
  };
}

export function aBody(content: Uint8Array | string = '', values: Partial<CapturedBody> = {}): CapturedBody {
  const bytes = Buffer.from(content);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, sha256, size: bytes.length, truncated: false, redacted: false, ...values };
}

export function aRequest(runId: RunId, values: Partial<CapturedRequest> = {}): CapturedRequest {
  const correlationId = values.correlationId ?? newUlid();
  const now = Date.now();
  return {
    id: requestId(correlationId),
    correlationId,
    runId,
    origin: 'wire',
    sessionId: 'f0b1c2d3-0000-4000-8000-000000000001',
    agentId: null,
    parentAgentId: null,
    promptId: null,
    kind: 'messages',
    method: 'POST',
    url: 'https://api.anthropic.com/v1/messages?beta=true',
    host: 'api.anthropic.com',
    httpVersion: '1.1',
    headers: [
      ['Content-Type', 'application/json'],
      ['x-client-request-id', correlationId],
    ],
    body: aBody('{"model":"claude-test","messages":[{"role":"user","content":"hi"}]}'),
    model: 'claude-test',
    streaming: true,
    timestamps: {
      initiated: now,
      received: now + 1,
      forwarded: null,
      firstByte: null,
      responseEnd: null,
      delivered: null,
    },
    degraded: null,
    ...values,
  };
}

export const USAGE: Usage = {
  uncached: 10,
  cacheRead: 900,
  cacheWrite5m: 60,
  cacheWrite1h: 30,
  output: 42,
  webSearches: 0,
};

export function aResponse(request: CapturedRequest, values: Partial<CapturedResponse> = {}): CapturedResponse {
  const { initiated, received } = request.timestamps;
  return {
    id: responseId(request.correlationId),
    requestId: request.id,
    correlationId: request.correlationId,
    state: (values.status ?? 200) >= 400 ? 'failed' : 'complete',
    error: null,
    status: 200,
    reason: 'OK',
    headers: [['content-type', 'text/event-stream']],
    body: aBody('event: message_stop\n\n'),
    message: null,
    usage: USAGE,
    timestamps: {
      initiated,
      received,
      forwarded: initiated + 2,
      firstByte: initiated + 300,
      responseEnd: initiated + 900.5,
      delivered: initiated + 901,
    },
    ttftMs: 310.25,
    latencyMs: 901,
    proxyOverheadMs: 0.75,
    degraded: null,
    ...values,
  };
}

export function aShare(source: string, tokens: number, values: Partial<SourceShare> = {}): SourceShare {
  return {
    source,
    part: 'text',
    tokens,
    newTokens: null,
    costUsd: tokens / 1e6,
    segments: 1,
    messageIndex: 0,
    messageRole: 'user',
    ...values,
  };
}

export function aSegment(values: Partial<Segment> = {}): Segment {
  const tokens = values.tokens ?? 10;
  return {
    path: '/messages/0/content/0/text',
    start: 0,
    end: 40,
    source: 'user',
    part: 'text',
    detail: null,
    role: 'user',
    hash: createHash('sha256').update(JSON.stringify(values)).digest('hex'),
    estimatedTokens: tokens,
    tokens,
    known: 'scaled',
    unread: null,
    cache: { read: 0, write5m: 0, write1h: 0, uncached: tokens },
    costUsd: tokens / 1e6,
    ...values,
  };
}

export function anAttribution(shares: SourceShare[], values: Partial<ThreadAttribution> = {}): ThreadAttribution {
  const inputTokens = shares.reduce((sum, share) => sum + share.tokens, 0);
  return {
    version: 1,
    thread: { knownServers: ['serena'], agent: null },
    segments: [],
    solution: { tokens: [12, 30], known: ['scaled', 'exact'], cleared: [] },
    place: { purpose: 'main', threadId: 'req_1', previousId: null, continuation: null, startedBy: null },
    calls: [],
    searchTexts: { prompts: [], results: [], answer: [] },
    prompt: null,
    cacheMiss: null,
    shares,
    inputTokens,
    known: 'scaled',
    inputCostUsd: inputTokens / 1e6,
    outputCostUsd: 0.0005,
    output: { tokens: null, known: 'unknown' },
    pricedAs: 'claude-test',
    unpriced: [],
    ...values,
  };
}
