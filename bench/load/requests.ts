import { randomUUID } from 'node:crypto';
import { PACE, REQUEST_NUMBER, type Workload } from '../workloads.js';
import { createConversation } from './conversation.js';
import { randomText } from './words.js';

/** Part of a large body that is the same in every request: system prompt and tool definitions. */
const SHARED_SHARE = 0.4;
/** Messages of a large body: the newest is new, the others come from a history that many requests share. */
const MESSAGE_BYTES = 2_000;
const HISTORY = Array.from({ length: 400 }, () => randomText(MESSAGE_BYTES));
/** A session of Claude Code has some tens of connections at most. */
const SESSIONS = Array.from({ length: 50 }, () => randomUUID());
const nextTurn = createConversation();
const TOOLS_BY_SIZE = new Map<number, unknown[]>();

/** Bytes of a whole request of its own text; `number` names it and comes back in the answer. */
export function makeRequest(number: number, host: string, workload: Workload): { bytes: Buffer; bodyBytes: number } {
  const { pace } = workload;
  const turn = pace
    ? nextTurn()
    : { session: SESSIONS[number % SESSIONS.length], body: JSON.stringify(messagesBody(number, workload)) };
  const body = Buffer.from(turn.body);
  const head = [
    'POST /v1/messages?beta=true HTTP/1.1',
    `Host: ${host}`,
    'Accept: application/json',
    'User-Agent: claude-cli/2.1.329 (external, cli)',
    `X-Claude-Code-Session-Id: ${turn.session}`,
    `${REQUEST_NUMBER}: ${number}`,
    ...(pace ? [`${PACE}: ${JSON.stringify(pace)}`] : []),
    'anthropic-version: 2023-06-01',
    'x-api-key: sk-ant-bench-0000000000000000',
    'content-type: application/json',
    `content-length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  return { bytes: Buffer.concat([Buffer.from(head), body]), bodyBytes: body.length };
}

function messagesBody(number: number, { requestBytes, reply }: Workload): object {
  const shared = requestBytes > 10 * MESSAGE_BYTES ? requestBytes * SHARED_SHARE : 0;
  const frame = {
    model: 'claude-sonnet-4-5-20250929',
    max_tokens: 32_000,
    system: [{ type: 'text', text: 'You are a coding agent.', cache_control: { type: 'ephemeral' } }],
    ...(shared > 0 && { tools: toolsOf(shared) }),
  };
  const room = requestBytes - shared - JSON.stringify({ ...frame, tools: [] }).length;
  const messages = [...history(number, room - MESSAGE_BYTES), { role: 'user', content: ownText(number, room) }];
  return { ...frame, messages, stream: reply === 'sse' };
}

function ownText(number: number, room: number): string {
  return `${number} ${randomText(Math.min(room, MESSAGE_BYTES) - 60)}`;
}

/** A run of messages that starts elsewhere in the history each time. */
function history(number: number, bytes: number): object[] {
  const count = Math.max(0, Math.floor(bytes / (MESSAGE_BYTES + 40)));
  return Array.from({ length: count - (count % 2) }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: HISTORY[(number + index) % HISTORY.length],
  }));
}

function toolsOf(bytes: number): unknown[] {
  const known = TOOLS_BY_SIZE.get(bytes);
  if (known) return known;
  const tools = Array.from({ length: 20 }, (_, index) => ({
    name: index < 10 ? `Tool${index}` : `mcp__server${index % 3}__tool${index}`,
    description: randomText(bytes / 20 - 200),
    input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  }));
  TOOLS_BY_SIZE.set(bytes, tools);
  return tools;
}
