/**
 * The cost of recording a request as its conversation grows: CPU time by stage, and bytes. This process does all that the recorder's
 * thread does. The cost of a request should depend on what is new in it, not on what it repeats.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecorder, createRedactor } from '../src/capture/index.js';
import { createAttributor } from '../src/history/attributor.js';
import type { CapturedRequest } from '../src/model/exchange.js';
import { newRunId } from '../src/model/ids.js';
import { openStore } from '../src/store/index.js';
import { prose, type Random, seeded, whole } from '../test/support/truth/texts.js';
import { cpuTime, median } from './numbers.js';

export interface CurveOptions {
  /** The turns at which the cost is measured. */
  turns: readonly number[];
}

/** Medians of the requests around a turn. */
export interface CurvePoint {
  turn: number;
  bodyBytes: number;
  newBytes: number;
  /** Milliseconds of CPU: reading and redacting the body; attribution; the transactions. */
  captureMs: number;
  attributeMs: number;
  storeMs: number;
  /** To the database and its log; null without /proc. */
  writtenBytes: number | null;
}

/** Requests around a turn that are measured. */
const WINDOW = 9;
/** Requests before them: a session comes to a turn through those before it. */
const LEAD = 40;
const TOOLS = 25;

export function measureCurve(folder: string, { turns }: CurveOptions): CurvePoint[] {
  const random = seeded(18);
  const store = openStore(join(folder, 'curve.db'));
  const run = { id: newRunId(), pid: process.pid, startedAt: Date.now(), command: 'claude', cwd: '/', version: '0' };
  store.beginRun(run);
  const attributor = createAttributor({
    prices: {},
    onFailure(error) {
      throw error;
    },
  });
  const redactor = createRedactor(Buffer.alloc(32, 7), []);
  let request: CapturedRequest | null = null;
  let spent = { attributeMs: 0, storeMs: 0 };
  const recorder = createRecorder({
    runId: run.id,
    redactor,
    onRequest(captured) {
      request = captured;
      spent.storeMs += cpuTime(() => store.saveRequest(captured));
    },
    onEnd(captured, response) {
      let attribution: ReturnType<typeof attributor.attribute> = null;
      spent.attributeMs += cpuTime(() => {
        attribution = attributor.attribute(captured, response);
      });
      spent.storeMs += cpuTime(() => store.saveResponse(response, attribution));
    },
  });
  const conversation = startConversation(random);
  const points: CurvePoint[] = [];
  const last = Math.max(...turns) + WINDOW;
  let window: CurvePoint[] = [];
  let before = 0;
  for (let turn = 1; turn <= last; turn += 1) {
    const answered = conversation.ask();
    // The others are not sent: recording all of a long conversation takes minutes.
    if (!turns.some((each) => turn >= each - LEAD && turn <= each + WINDOW)) continue;
    const { body, answer } = answered();
    const exchange = `01h${String(turn).padStart(23, '0')}`;
    const events = eventsOf(exchange, body, answer, Date.UTC(2026, 0, 15) + turn * 4_000);
    spent = { attributeMs: 0, storeMs: 0 };
    const written = bytesWritten();
    const total = cpuTime(() => events.forEach(recorder.handle));
    const after = bytesWritten();
    if (request === null) throw new Error('nothing was captured');
    window.push({
      turn,
      bodyBytes: body.length,
      newBytes: body.length - before,
      captureMs: total - spent.attributeMs - spent.storeMs,
      ...spent,
      writtenBytes: written === null || after === null ? null : after - written,
    });
    before = body.length;
    window = window.slice(-WINDOW);
    if (turns.includes(turn - Math.floor(WINDOW / 2))) points.push(middleOf(window));
  }
  store.close();
  return points;
}

function middleOf(window: readonly CurvePoint[]): CurvePoint {
  const of = (figure: keyof CurvePoint) => median(window.map((each) => each[figure])) ?? 0;
  return {
    turn: of('turn'),
    bodyBytes: of('bodyBytes'),
    newBytes: of('newBytes'),
    captureMs: of('captureMs'),
    attributeMs: of('attributeMs'),
    storeMs: of('storeMs'),
    writtenBytes: window[0]?.writtenBytes === null ? null : of('writtenBytes'),
  };
}

/** By this process so far, to any file. */
function bytesWritten(): number | null {
  try {
    return Number(/^wchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1] ?? Number.NaN);
  } catch {
    return null;
  }
}

/** A session that reads files: each request repeats the earlier ones, and its last message has the mark of the cache. */
function startConversation(random: Random) {
  const tools = Array.from({ length: TOOLS }, (_, index) => ({
    name: index < 15 ? `Tool${index}` : `mcp__atlas__find_${index}`,
    description: prose(random, 200),
    input_schema: { type: 'object', properties: { path: { type: 'string', description: prose(random, 20) } } },
  }));
  const system = [
    { type: 'text', text: "You are Claude Code, Anthropic's official CLI for Claude." },
    { type: 'text', text: prose(random, 1_500), cache_control: { type: 'ephemeral' } },
  ];
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: prose(random, 40) }] }];
  let turn = 0;
  return {
    /** @returns a function that makes the bytes of the turn */
    ask(): () => { body: Buffer; answer: Buffer } {
      turn += 1;
      const asked = [...messages];
      const id = `toolu_${String(turn).padStart(20, '0')}`;
      const text = prose(random, 15);
      const input = { path: `/src/${turn}.ts` };
      messages.push(
        {
          role: 'assistant',
          content: [
            { type: 'text', text },
            { type: 'tool_use', id, name: 'Tool1', input },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: id, content: prose(random, whole(random, 60, 140)) }],
        },
      );
      const own = turn;
      return () => {
        const body = Buffer.from(
          JSON.stringify({
            model: 'claude-sonnet-4-5',
            messages: asked.with(-1, marked(asked.at(-1))),
            system,
            tools,
            metadata: { user_id: JSON.stringify({ session_id: '0b9e5a3c-1f7d-4c55-9a0e-6a4f1f1d2c18' }) },
            max_tokens: 32_000,
            stream: true,
          }),
        );
        return { body, answer: answerOf(own, text, id, input, body.length) };
      };
    },
  };
}

interface Message {
  role: string;
  content: object[];
}

function marked({ role, content }: Message = { role: 'user', content: [] }): Message {
  return { role, content: content.with(-1, { ...content.at(-1), cache_control: { type: 'ephemeral' } }) };
}

function answerOf(turn: number, text: string, id: string, input: object, bodyBytes: number): Buffer {
  const usage = {
    input_tokens: 4,
    cache_read_input_tokens: Math.round(bodyBytes / 4.2),
    cache_creation_input_tokens: 200,
    output_tokens: 1,
  };
  const events = [
    {
      type: 'message_start',
      message: {
        id: `msg_${turn}`,
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5',
        content: [],
        usage,
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id, name: 'Tool1', input: {} } },
    { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) } },
    { type: 'content_block_stop', index: 1 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 60 } },
    { type: 'message_stop' },
  ];
  return Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
}

/** As the traffic thread sends them: bodies in pieces of what a socket reads at once. */
function eventsOf(
  exchange: string,
  body: Buffer,
  answer: Buffer,
  at: number,
): Parameters<ReturnType<typeof createRecorder>['handle']>[0][] {
  const pieces = Array.from({ length: Math.ceil(body.length / 65_536) }, (_, index) =>
    body.subarray(index * 65_536, (index + 1) * 65_536),
  );
  return [
    {
      type: 'request_head',
      exchange,
      host: 'api.anthropic.com',
      port: 443,
      scheme: 'https',
      method: 'POST',
      target: '/v1/messages?beta=true',
      httpVersion: '1.1',
      headers: [
        ['content-type', 'application/json'],
        ['x-api-key', `sk-ant-api03-${'k'.repeat(60)}`],
      ],
      at,
    },
    ...pieces.map((bytes) => ({ type: 'request_body' as const, exchange, bytes, at: at + 1 })),
    { type: 'request_end', exchange, size: body.length, truncated: false, at: at + 2 },
    {
      type: 'response_head',
      exchange,
      status: 200,
      reason: 'OK',
      httpVersion: '1.1',
      headers: [['content-type', 'text/event-stream']],
      at: at + 500,
    },
    { type: 'response_body', exchange, bytes: answer, at: at + 900 },
    { type: 'response_end', exchange, size: answer.length, truncated: false, at: at + 1_000 },
    {
      type: 'settled',
      exchange,
      outcome: 'complete',
      error: null,
      degraded: null,
      forwarded: at + 3,
      delivered: at + 1_001,
      at: at + 1_001,
    },
  ];
}

export function describeCurve(points: readonly CurvePoint[]): string {
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(11)).join('');
  const kb = (bytes: number | null) => (bytes === null ? '' : (bytes / 1_000).toFixed(1));
  return [
    'a request of a conversation that grows: ms of CPU, kB',
    cells(['turn', 'body', 'new', 'capture', 'attribute', 'store', 'all', 'written']),
    ...points.map(({ turn, bodyBytes, newBytes, captureMs, attributeMs, storeMs, writtenBytes }) =>
      cells([
        String(turn),
        kb(bodyBytes),
        kb(newBytes),
        ...[captureMs, attributeMs, storeMs, captureMs + attributeMs + storeMs].map((ms) => ms.toFixed(2)),
        kb(writtenBytes),
      ]),
    ),
    'Between the threads, each body is copied once (kB: body), and its events once more when they are sent.',
  ].join('\n');
}
