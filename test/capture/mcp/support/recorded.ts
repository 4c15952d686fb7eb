import { createMcpRecorder, type PassiveRules } from '../../../../src/capture/index.js';
import { createRedactor } from '../../../../src/capture/redact/redactor.js';
import type { McpCall, McpConnection, McpDefinition, McpMessage } from '../../../../src/model/mcp.js';
import type { McpWrite } from '../../../../src/model/mcp-write.js';
import type { HttpEvent } from '../../../../src/wire/index.js';

/** A recorder whose texts have a token for each character, and the rows that it wrote, as the store would keep them. */
export function recorded({
  secrets = [] as readonly string[],
  excluded = '',
  rules = null as PassiveRules | null,
} = {}) {
  const redactor = createRedactor(Buffer.from('key'));
  for (const secret of secrets) redactor.learn(secret);
  const jobs: { record: string | null; writes: McpWrite[] }[] = [];
  const recorder = createMcpRecorder({
    runId: 'run_01kbac0000abcdefghjkmnpqrs',
    redactor,
    servers: () => [
      { name: 'sums', scope: 'project', url: 'https://mcp.example/mcp?team=1' },
      { name: 'old', scope: 'user', url: 'https://mcp.example/sse' },
      { name: 'local', scope: 'local', url: null },
    ],
    isIncluded: (name) => name !== excluded,
    isMcp: ({ host }) => ['mcp.example', 'localhost', 'mcp-proxy.anthropic.com'].includes(host),
    rules,
    estimateTokens: (text) => text.length,
    onWrite: (record, writes) => jobs.push({ record, writes }),
  });
  const writes = () => jobs.flatMap((job) => job.writes);
  const latest = <Row extends { id: string }>(rows: Row[]) => [...new Map(rows.map((row) => [row.id, row])).values()];
  return {
    recorder,
    jobs,
    connections: () =>
      latest(writes().flatMap((write): McpConnection[] => (write.type === 'connection' ? [write.connection] : []))),
    messages: () =>
      latest(writes().flatMap((write): McpMessage[] => (write.type === 'message' ? [write.message] : []))),
    calls: () => latest(writes().flatMap((write): McpCall[] => (write.type === 'call' ? [write.call] : []))),
    definitions: () =>
      writes().flatMap((write): McpDefinition[] => (write.type === 'definition' ? [write.definition] : [])),
    /** Each with the message that it is of. */
    hits: () =>
      writes().flatMap((write) =>
        write.type === 'hits' ? write.hits.hits.map((hit) => ({ of: write.hits.of, ...hit })) : [],
      ),
    redactor,
    /** `client request tools/call`, … */
    said: () =>
      latest(writes().flatMap((write) => (write.type === 'message' ? [write.message] : []))).map(
        ({ sender, kind, method }) => `${sender} ${kind} ${method}`,
      ),
  };
}

export function play({ recorder }: ReturnType<typeof recorded>, ...events: HttpEvent[]): void {
  for (const each of events) recorder.http(each);
}

interface Exchange {
  id: string;
  method?: string;
  target?: string;
  headers?: [string, string][];
  body?: unknown;
}

interface Response {
  status?: number;
  headers?: [string, string][];
  /** Null: no end, the exchange breaks. */
  chunks?: (string | Uint8Array)[];
  outcome?: 'complete' | 'failed' | 'aborted';
}

/** The time of the next event. */
let clock = 0;

export function request({ id, method = 'POST', target = '/mcp', headers = [], body }: Exchange): HttpEvent[] {
  const bytes =
    body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return [
    {
      type: 'request_head',
      exchange: id,
      host: 'mcp.example',
      port: 443,
      scheme: 'https',
      method,
      target,
      httpVersion: '1.1',
      headers: [['Accept', 'application/json, text/event-stream'], ...headers],
      at: ++clock,
    },
    ...(bytes.length === 0 ? [] : [{ type: 'request_body', exchange: id, bytes, at: ++clock } as const]),
    { type: 'request_end', exchange: id, size: bytes.length, truncated: false, at: ++clock },
  ];
}

export function responseHead(id: string, { status = 200, headers = JSON_TYPE }: Response = {}): HttpEvent {
  return { type: 'response_head', exchange: id, status, reason: '', httpVersion: '1.1', headers, at: ++clock };
}

export function responseBody(id: string, chunk: string | Uint8Array): HttpEvent {
  return { type: 'response_body', exchange: id, bytes: Buffer.from(chunk), at: ++clock };
}

export function responseEnd(id: string, { chunks = [], outcome = 'complete' }: Response = {}): HttpEvent[] {
  const size = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
  const settled = {
    type: 'settled',
    exchange: id,
    outcome,
    error: null,
    degraded: null,
    forwarded: null,
    delivered: null,
    at: ++clock,
  } as const;
  return outcome === 'complete'
    ? [{ type: 'response_end', exchange: id, size, truncated: false, at: clock }, settled]
    : [settled];
}

export function response(id: string, answer: Response = {}): HttpEvent[] {
  const chunks = answer.chunks ?? [];
  return [responseHead(id, answer), ...chunks.map((chunk) => responseBody(id, chunk)), ...responseEnd(id, answer)];
}

export const JSON_TYPE: [string, string][] = [['Content-Type', 'application/json']];
export const EVENT_STREAM: [string, string][] = [['Content-Type', 'text/event-stream']];

export function event(message: unknown, name?: string): string {
  return `${name ? `event: ${name}\n` : ''}data: ${typeof message === 'string' ? message : JSON.stringify(message)}\n\n`;
}
