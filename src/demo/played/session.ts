import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { isRecord, type JsonRecord } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';
import { TOOL_RESULTS, text } from '../script.js';
import {
  AGENT_PROMPT,
  AGENT_TOOLS,
  EDIT_HOOK,
  ENVIRONMENT,
  REMINDERS,
  SKILL_BODY,
  SYSTEM_PROMPT,
  TOOLS,
} from '../workspace.js';
import { readStream } from './read-stream.js';

const MODEL = 'claude-sonnet-4-5';
const SMALL_MODEL = 'claude-haiku-4-5';
/** A key that belongs to nobody. A trace must not show it all the same. */
const INVENTED_KEY = 'sk-ant-demo-not-a-real-key';

interface Message {
  role: 'user' | 'assistant';
  content: ContentBlock[];
}

/** A line of conversation with its own system prompt and tools: the main thread, or a subagent's. */
interface Thread {
  system: ContentBlock[];
  tools: readonly JsonRecord[];
  messages: Message[];
  headers: Record<string, string>;
  /** Called with each piece of an answer, as it comes. */
  print(text: string): void;
}

export interface Session {
  /** What Claude Code does before the first prompt: liveness, telemetry, a token count. */
  start(): Promise<void>;
  /** Sends a prompt and runs the tools that the model calls, until it has answered. */
  ask(prompt: string): Promise<void>;
}

/** A session that sends the requests that Claude Code would send. @param print gets the answers of the main conversation */
export function openSession(host: string, agent: Agent, print: (text: string) => void): Session {
  const sessionId = randomUUID();
  const metadata = { user_id: JSON.stringify({ device_id: 'demo', account_uuid: '', session_id: sessionId }) };
  const main: Thread = {
    system: [
      text('x-anthropic-billing-header: cc_version=demo; cc_entrypoint=cli;'),
      text('You are a coding assistant, played by claude-trace demo.'),
      text(`${SYSTEM_PROMPT}\n\n${ENVIRONMENT}`),
    ],
    tools: TOOLS,
    messages: [],
    headers: {},
    print,
  };

  async function start(): Promise<void> {
    await drain(await send('HEAD', '/api/hello'));
    await drain(
      await send('POST', '/api/event_logging/v2/batch', { events: [{ event: 'started', session: sessionId }] }),
    );
    const question = { role: 'user', content: 'How large are the tools?' };
    await drain(await post('/v1/messages/count_tokens', { model: MODEL, tools: TOOLS, messages: [question] }));
  }

  async function ask(prompt: string): Promise<void> {
    const first = main.messages.length === 0;
    main.headers = { 'x-claude-code-prompt-id': randomUUID() };
    if (first) await nameSession(prompt);
    main.messages.push({ role: 'user', content: [...(first ? REMINDERS.map(text) : []), text(prompt)] });
    await work(main);
  }

  /** A side call to the small model, without tools: it is not part of the conversation. */
  async function nameSession(prompt: string): Promise<void> {
    const system = [text('Name this conversation in a few words. Answer with JSON: {"title": …}.')];
    const messages = [{ role: 'user', content: prompt }];
    const schema = { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] };
    const body = { model: SMALL_MODEL, max_tokens: 64, metadata, system, messages };
    await drain(await post('/v1/messages', { ...body, output_config: { format: { type: 'json_schema', schema } } }));
  }

  /** Lets the model answer and runs the tools it calls, until it calls none. @returns its last answer */
  async function work(thread: Thread): Promise<string> {
    for (;;) {
      const response = await post('/v1/messages', requestBody(thread), thread.headers);
      const content = await readStream(response, thread.print);
      thread.messages.push({ role: 'assistant', content });
      const calls = content.filter((block) => block.type === 'tool_use');
      if (calls.length === 0) return content.map((block) => String(block.text ?? '')).join('');
      if (content.some((block) => block.type === 'text')) thread.print('\n');
      const results: ContentBlock[] = [];
      for (const call of calls) results.push(...(await runTool(call)));
      // The API demands that results come first in a message.
      results.sort((a, b) => Number(b.type === 'tool_result') - Number(a.type === 'tool_result'));
      thread.messages.push({ role: 'user', content: results });
    }
  }

  async function runTool(call: ContentBlock): Promise<ContentBlock[]> {
    const input = isRecord(call.input) ? call.input : {};
    const result = (content: string): ContentBlock => ({ type: 'tool_result', tool_use_id: call.id, content });
    if (call.name === 'Skill') return [result(`Launching skill: ${input.skill}`), text(SKILL_BODY)];
    if (call.name === 'Agent') return [result(await runAgent(String(input.prompt)))];
    const output = result(TOOL_RESULTS[String(call.id)] ?? '');
    return call.name === 'Edit' ? [output, text(EDIT_HOOK)] : [output];
  }

  function runAgent(task: string): Promise<string> {
    const headers = { ...main.headers, 'x-claude-code-agent-id': randomUUID() };
    const messages: Message[] = [{ role: 'user', content: [text(task)] }];
    return work({ system: [text(AGENT_PROMPT)], tools: AGENT_TOOLS, messages, headers, print: () => {} });
  }

  function requestBody(thread: Thread): object {
    const messages = withMark(thread.messages, (message) => ({
      ...message,
      content: withMark(message.content, marked),
    }));
    const { tools } = thread;
    return {
      model: MODEL,
      max_tokens: 8192,
      metadata,
      system: withMark(thread.system, marked),
      tools,
      messages,
      stream: true,
    };
  }

  function post(path: string, body: object, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    return send('POST', `${path}?beta=true`, body, { 'anthropic-version': '2023-06-01', ...headers });
  }

  function send(method: string, path: string, body?: object, extra: object = {}): Promise<IncomingMessage> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      'user-agent': 'claude-trace-demo',
      'x-api-key': INVENTED_KEY,
      'X-Claude-Code-Session-Id': sessionId,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      ...extra,
    };
    return new Promise((resolve, reject) => {
      const sending = request({ host, path, method, agent, headers }, resolve);
      sending.once('error', reject);
      sending.end(payload);
    });
  }

  return { start, ask };
}

/** Changes the last element only: cache marks move with the end of the conversation. */
function withMark<T>(list: readonly T[], change: (last: T) => T): T[] {
  return list.map((element, index) => (index === list.length - 1 ? change(element) : element));
}

function marked(block: ContentBlock): ContentBlock {
  return { ...block, cache_control: { type: 'ephemeral' } };
}

async function drain(response: IncomingMessage): Promise<void> {
  response.resume();
  await new Promise((resolve, reject) => response.once('end', resolve).once('error', reject));
}
