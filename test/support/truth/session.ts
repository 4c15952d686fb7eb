import type { FinishedExchange } from '../../../src/attribution/index.js';
import type { JsonRecord } from '../../../src/base/json.js';
import type { ContentBlock } from '../../../src/model/message.js';
import type { Usage } from '../../../src/model/usage.js';
import type { UsageFields } from '../../../src/scripted/bill.js';
import type { Step } from './compare.js';
import { prose, type Random, seeded } from './texts.js';
import type { Biller } from './truth.js';
import { call, result, search, TURNS, type Turn } from './turns.js';
import { makeAgentBench, makeWorkbench, text, type Workbench } from './workbench.js';

/** One exchange of a made-up session. */
export interface SessionStep extends Step {
  exchange: FinishedExchange;
}

export interface SessionOptions {
  seed: number;
  biller: Biller;
  /** Turns of the main thread before it is compacted. */
  turns: number;
  /** Whether the session counts tokens at its start, as `/context` does. */
  counts: boolean;
  /** From the middle on the API clears old results. */
  clears: boolean;
}

const MODEL = 'claude-sonnet-4-5';
const START = Date.UTC(2026, 0, 15);

/** A session as Claude Code would have it: side calls, turns of every kind, subagents, a compaction. */
export function makeSession({ seed, biller, turns, counts, clears }: SessionOptions): SessionStep[] {
  const random = seeded(seed);
  const steps: SessionStep[] = [];
  const bench = makeWorkbench(random);
  const sessionId = `session-${seed}`;

  const send = (thread: string, given: JsonRecord, answer: ContentBlock[]): void => {
    const agentId = thread.startsWith('agent') ? thread : null;
    const body: JsonRecord = {
      model: MODEL,
      max_tokens: 32_000,
      metadata: { user_id: JSON.stringify({ session_id: sessionId }) },
      ...given,
    };
    const usage = usageOf(biller.meter.bill(body, biller.meter.countOutput(answer)));
    const stopReason = answer.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
    const message = {
      id: `msg_${steps.length}`,
      model: MODEL,
      role: 'assistant',
      content: answer,
      stopReason,
      complete: true,
    };
    steps.push({
      thread,
      body,
      counted: null,
      exchange: {
        ...exchangeOf(body, steps.length),
        sessionId,
        agentId,
        usage,
        message: { ...message, contextManagement: biller.editsOf(body) },
      },
    });
  };

  const count = (given: JsonRecord): void => {
    const body: JsonRecord = { model: MODEL, ...given };
    const exchange = { ...exchangeOf(body, steps.length), sessionId, agentId: null, usage: null, message: null };
    steps.push({ thread: 'count', body, exchange, counted: biller.meter.countInput(body) });
  };

  /** Sends a conversation and takes its answer up; what comes back is the caller's to add. */
  const ask = (
    thread: string,
    { system, tools }: Workbench,
    messages: Message[],
    answer: ContentBlock[],
    edits: boolean,
  ): void => {
    const context = edits ? { context_management: CLEARING } : {};
    send(thread, { system, tools, messages: marked(messages), stream: true, ...context }, answer);
    messages.push({ role: 'assistant', content: answer });
  };

  const runAgent = (task: string, id: string): ContentBlock => {
    const own = makeAgentBench(random, bench.tools);
    const messages: Message[] = [{ role: 'user', content: [text(task)] }];
    for (let turn = 0; turn < 3; turn++) {
      const { answer, reply } = turnOf(random, turn * 5, `${id}_a${turn}`);
      ask(`agent-${id}`, own, messages, answer, false);
      messages.push({ role: 'user', content: reply });
    }
    const words = prose(random, 120);
    ask(`agent-${id}`, own, messages, [text(words)], false);
    return result(id, [text(words)]);
  };

  const question = prose(random, 40);
  if (counts) {
    const probe = [{ role: 'user', content: 'foo' }];
    count({ messages: probe, tools: bench.tools.filter((_, index) => index < 11) });
    count({ messages: probe, tools: bench.tools.filter((_, index) => index >= 11) });
    count({ messages: [{ role: 'user', content: String(bench.system.at(-1)?.text) }] });
    for (const reminder of bench.reminders) count({ messages: [{ role: 'user', content: String(reminder.text) }] });
  }
  send(
    'title',
    { max_tokens: 512, system: [text('Name this conversation.')], messages: [{ role: 'user', content: question }] },
    [text('{"title": "Shop"}')],
  );

  let messages: Message[] = [{ role: 'user', content: [...bench.reminders, text(question)] }];
  for (let turn = 0; turn < turns; turn++) {
    const edits = clears && turn > turns / 2;
    const id = `toolu_01${seed}x${turn}`;
    if (turn === 7) {
      const task = prose(random, 60);
      const start = [call('Agent', { subagent_type: 'scout', description: 'Look', prompt: task }, id)];
      ask('main', bench, messages, start, edits);
      messages.push({ role: 'user', content: [runAgent(task, id)] });
      continue;
    }
    const { answer, reply, aside } = turn === 0 ? search(random, id) : turnOf(random, turn, id);
    ask('main', bench, messages, answer, edits);
    messages.push({ role: 'user', content: reply });
    if (aside !== undefined) messages.push({ role: 'system', content: aside });
  }

  const summary = prose(random, 500);
  messages.push({ role: 'user', content: [text('Your task is to create a detailed summary of the conversation.')] });
  ask('main', bench, messages, [text(summary)], clears);
  const opening = `This session is being continued from a previous conversation that ran out of context. ${summary}`;
  messages = [{ role: 'user', content: [...bench.reminders, text(opening), text(prose(random, 20))] }];
  for (let turn = 0; turn < 5; turn++) {
    const { answer, reply } = turnOf(random, turn, `toolu_02${seed}x${turn}`);
    ask('compacted', bench, messages, answer, false);
    messages.push({ role: 'user', content: reply });
  }
  return steps;
}

interface Message {
  role: 'user' | 'assistant' | 'system';
  content: ContentBlock[] | string;
}

const CLEARING = {
  edits: [
    {
      type: 'clear_tool_uses_20250919',
      trigger: { type: 'input_tokens', value: 5_000 },
      keep: { type: 'tool_uses', value: 6 },
      exclude_tools: ['ToolSearch'],
    },
  ],
};

function turnOf(random: Random, turn: number, id: string): Turn {
  const make = TURNS[turn % TURNS.length];
  if (make === undefined) throw new Error('There are no turns.');
  return make(random, id);
}

/** The cache mark moves along with the last block. */
function marked(messages: readonly Message[]): Message[] {
  return messages.map((message, index) => {
    if (index < messages.length - 1 || typeof message.content === 'string') return { ...message };
    const last = message.content.length - 1;
    const content = message.content.map((block, at) =>
      at === last ? { ...block, cache_control: { type: 'ephemeral' } } : block,
    );
    return { ...message, content };
  });
}

function exchangeOf(body: JsonRecord, number: number) {
  const id = `req_${String(number).padStart(26, '0')}` as const;
  return { id, headers: [], model: MODEL, at: START + number * 10_000, body, text: JSON.stringify(body) };
}

export function usageOf(fields: UsageFields): Usage {
  return {
    uncached: fields.input_tokens,
    cacheRead: fields.cache_read_input_tokens,
    cacheWrite5m: fields.cache_creation.ephemeral_5m_input_tokens,
    cacheWrite1h: fields.cache_creation.ephemeral_1h_input_tokens,
    output: fields.output_tokens,
    webSearches: 0,
  };
}
