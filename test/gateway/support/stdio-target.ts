import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { GatewayFact } from '../../../src/gateway/facts.js';
import { StdioTarget, type StdioTargetOptions } from '../../../src/gateway/upstream/stdio/stdio-target.js';
import type { UpstreamAnswer, UpstreamRequest } from '../../../src/gateway/upstream/upstreams.js';
import { readMessages } from '../../../src/mcp/messages/index.js';
import { createSseParser } from '../../../src/wire/sse.js';

export const ODD_SERVER = fileURLToPath(new URL('odd-server.mjs', import.meta.url));

export type Message = Record<string, unknown>;

const POOL = {
  min_idle: 0,
  max: 50,
  idle: 300_000,
  max_age: 86_400_000,
  max_requests: 1_000_000,
  start_timeout: 30_000,
};

interface OddOptions extends Partial<StdioTargetOptions> {
  pool?: Partial<typeof POOL>;
  command?: string[];
  cwd?: string;
}

export function oddTarget(
  modes: readonly string[] = [],
  { pool, command = [process.execPath, ODD_SERVER, ...modes], cwd, ...options }: OddOptions = {},
): { target: StdioTarget; facts: GatewayFact[] } {
  const facts: GatewayFact[] = [];
  const target = new StdioTarget(
    { name: 'odd', weight: 1, command, cwd, env: {}, pool: { ...POOL, ...pool } },
    { route: 'odd', report: (fact) => facts.push(fact), ...options },
  );
  return { target, facts };
}

export interface Asked extends Partial<Omit<UpstreamRequest, 'body' | 'messages'>> {
  accept?: string;
}

export function request(
  given: Message | Message[] | null,
  { accept = 'application/json, text/event-stream', ...asked }: Asked = {},
): UpstreamRequest {
  const body = Buffer.from(given === null ? '' : JSON.stringify(given));
  return {
    method: 'POST',
    headers: [['accept', accept]],
    session: null,
    identity: null,
    isRequest: true,
    signal: new AbortController().signal,
    ...asked,
    body,
    messages: readMessages({ bytes: body, size: body.length, truncated: false }),
  };
}

export const initialize: Message = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

export function call(id: unknown, name: string, given: Message = {}, meta?: Message): Message {
  const params = { name, arguments: given, ...(meta && { _meta: meta }) };
  return { jsonrpc: '2.0', id, method: 'tools/call', params };
}

/** The same in a request of 2026-07-28. */
export function modernCall(id: unknown, name: string, given: Message = {}, meta: Message = {}): Message {
  return call(id, name, given, { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', ...meta });
}

/** The messages of an answer. */
export async function messagesOf({ headers, body }: UpstreamAnswer): Promise<Message[]> {
  const messages: Message[] = [];
  const type = headers.find(([name]) => name === 'content-type')?.[1];
  if (type === 'text/event-stream') {
    const parser = createSseParser(({ data }) => messages.push(JSON.parse(data)));
    for await (const bytes of body) parser.push(bytes);
    return messages;
  }
  const whole = await text(body);
  return whole === '' ? [] : [JSON.parse(whole)].flat();
}

export async function openSession(target: StdioTarget): Promise<string> {
  const answer = await target.send(request(initialize));
  await messagesOf(answer);
  return answer.session ?? '';
}

/** The text of the result of a call. */
export function textOf(message: Message | undefined): string {
  return (message as { result: { content: { text: string }[] } }).result.content[0]?.text ?? '';
}
