import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { purposeOf } from '../../../../src/attribution/threads/purpose/purpose.js';
import type { HeaderList } from '../../../../src/model/exchange.js';
import { PURPOSES, type Purpose } from '../../../../src/model/purpose.js';

interface Given {
  headers?: HeaderList;
  agentId?: string;
  isAgentTask?: boolean;
}

function purpose(body: unknown, { headers = [], agentId, isAgentTask = false }: Given = {}): Purpose {
  return purposeOf({ body, headers, agentId: agentId ?? null, isAgentTask });
}

const MARK = { cache_control: { type: 'ephemeral' } };
const BILLING = text('x-anthropic-billing-header: cc_version=2.1.197.c84;');
const WHO = text("You are Claude Code, Anthropic's official CLI for Claude.");
const PROMPT = { ...text('You help with software.'), ...MARK };
const TOOLS = [{ name: 'Bash', description: 'Runs.', input_schema: { type: 'object' } }];
const REMINDER = text('<system-reminder>\nThe date is new.\n</system-reminder>');

function text(content: string) {
  return { type: 'text', text: content };
}
function user(...texts: string[]) {
  return { role: 'user', content: texts.map(text) };
}
function assistant(content: string) {
  return { role: 'assistant', content: [text(content)] };
}
function marked(message: { role: string; content: object[] }) {
  return { ...message, content: message.content.map((block) => ({ ...block, ...MARK })) };
}
function answerIn(...keys: string[]) {
  const properties = Object.fromEntries(keys.map((key) => [key, { type: 'string' }]));
  return { output_config: { format: { type: 'json_schema', schema: { type: 'object', properties } } } };
}
/** Tells what to do, asks once, has no tools. */
function oneShot(instructions: string, question: string) {
  return { system: [WHO, text(instructions)], tools: [], messages: [user(question)] };
}
/** A turn of the conversation, as every version marks it for the cache. */
function turn(typed: string, extra: object = {}) {
  const messages = [user('Hi.'), assistant('Hello.'), marked(user(typed))];
  return { max_tokens: 32_000, system: [WHO, PROMPT], tools: TOOLS, messages, ...extra };
}
/** The conversation with one question more, which is not marked. */
function fork(question: string) {
  return turn('', { messages: [user('Hi.'), marked(assistant('Hello.')), { role: 'user', content: question }] });
}

describe('a side call has its purpose', () => {
  const cases: [title: string, expected: Purpose, body: object][] = [
    ['one token, to see the limits', 'probe', { max_tokens: 1, messages: [{ role: 'user', content: 'quota' }] }],
    [
      'a title as JSON',
      'title',
      { ...oneShot('Name the session.', '<session>\nHi.\n</session>'), ...answerIn('title') },
    ],
    ["a session's name", 'title', { ...oneShot('Name it.', 'Hi.'), ...answerIn('name') }],
    ['topic and title as JSON', 'topic', { ...oneShot('Analyze.', 'Hi.'), ...answerIn('isNewTopic', 'title') }],
    [
      'the JSON of the beta field',
      'title',
      { ...oneShot('Name it.', 'Hi.'), output_format: answerIn('title').output_config.format },
    ],
    [
      'a topic with a prefilled answer',
      'topic',
      {
        ...oneShot('Analyze if this message indicates a new conversation topic.', ''),
        messages: [user('Hi.'), assistant('{')],
      },
    ],
    [
      'a topic without one',
      'topic',
      {
        ...oneShot('Analyze if this message indicates a new conversation topic.', 'Hi.'),
        tools: undefined,
        temperature: 0,
      },
    ],
    [
      'a title for a list of sessions',
      'title',
      { ...oneShot('Sum it up.', 'Please write a 5-10 word title for this.'), temperature: 0 },
    ],
    ["a command's prefix", 'classifier', oneShot('Your task is to process Bash commands.', 'Command: ls')],
    ["a command's files", 'summary', oneShot('Extract any file paths that it reads.', 'Command: ls\nOutput: a')],
    ['a fetched page', 'summary', { system: [WHO], tools: [], messages: [user('\nWeb page content:\n---\nRivers.')] }],
    [
      'the auto mode, first stage',
      'classifier',
      {
        max_tokens: 64,
        stop_sequences: ['</block>'],
        system: [BILLING, { ...text('You are a security monitor for agents.'), ...MARK }],
        messages: [user('Memory.'), marked(user('<transcript>', 'Bash ls', '</transcript>'))],
      },
    ],
    [
      'a hook with a schema',
      'hook',
      { ...turn('Is it done?', answerIn('ok', 'reason')), system: [WHO, text('You judge a condition.')], tools: [] },
    ],
    [
      'a hook with a prefilled answer',
      'hook',
      {
        ...oneShot('You are evaluating a hook in Claude Code.', ''),
        tools: TOOLS,
        messages: [marked(user('Is it done?')), marked(assistant('{'))],
      },
    ],
    ['a suggestion', 'suggestion', fork('[SUGGESTION MODE: What next?]')],
    ['a suggestion of 2.1.1', 'suggestion', turn('You are now a prompt suggestion generator.', { max_tokens: 16_000 })],
    ['a compaction', 'compaction', fork('CRITICAL: Respond with TEXT ONLY. Summarize.')],
    [
      'a compaction behind what was not answered',
      'compaction',
      turn('', {
        messages: [user('Hi.'), marked(assistant('Hello.')), user('Go on.', 'CRITICAL: Respond with TEXT ONLY.')],
      }),
    ],
    [
      'a compaction with a system prompt of its own',
      'compaction',
      turn('Your task is to create a detailed summary of the conversation.', {
        system: [WHO, text('You are a helpful AI assistant tasked with summarizing conversations.')],
      }),
    ],
    ['a recap', 'summary', fork('The user stepped away and is coming back.')],
    ['an aside', 'side', fork('<system-reminder>Answer aside.</system-reminder> What is this?')],
    [
      'a web search',
      'search',
      {
        system: [WHO, text('You search.')],
        tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 8 }],
        messages: [marked(user('Rivers of Europe'))],
      },
    ],
    ['an answer of an unknown form', 'side', { ...oneShot('Judge.', 'Hi.'), ...answerIn('mood') }],
    ['an unknown question, bare', 'side', { ...oneShot('Judge.', 'Hi.'), system: [BILLING, WHO, text('Judge.')] }],
  ];
  test.each(cases)('%s', (_, expected, body) => {
    expect(purpose(body)).toBe(expected);
    // A subagent makes side calls, too.
    expect(purpose(body, { agentId: 'a1' })).toBe(expected);
  });
});

describe('a conversation is not a side call', () => {
  const conversations: [title: string, body: object][] = [
    ['a turn', turn('Go on.')],
    ['its first', turn('', { messages: [{ role: 'user', content: [REMINDER, { ...text('Hi.'), ...MARK }] }] })],
    [
      'with system messages behind',
      turn('', { messages: [marked(user('Hi.')), { role: 'system', content: 'A date.' }] }),
    ],
    ['without tools', turn('Go on.', { tools: [] })],
    ['without tools, the key absent', turn('Go on.', { tools: undefined })],
    [
      'with a tool for a structured answer',
      turn('Go on.', { tools: [{ name: 'StructuredOutput', input_schema: {} }] }),
    ],
    ['without a system prompt', turn('Go on.', { system: undefined })],
    ['with a system prompt as a string', turn('Go on.', { system: 'You are a pirate.' })],
    ['whose model answers short', turn('Go on.', { max_tokens: 16_000 })],
    [
      'without tools and cache',
      {
        system: [BILLING, WHO, text('You help.')],
        tools: [],
        messages: [{ role: 'user', content: [REMINDER, text('Hi.')] }],
      },
    ],
    ['without tools and cache, of an old version', oneShot('You help.', 'Hi.')],
  ];
  test.each(conversations)('%s', (_, body) => {
    expect(purpose(body)).toBe('main');
    expect(purpose(body, { isAgentTask: true })).toBe('subagent');
    expect(purpose(body, { agentId: 'a1' })).toBe('subagent');
  });

  const typed = [
    '[SUGGESTION MODE: What next?]',
    'You are now a prompt suggestion generator.',
    'CRITICAL: Respond with TEXT ONLY.',
    'Your task is to create a detailed summary of the conversation.',
    'The user stepped away and is coming back.',
    'Web page content:\n---\nRivers.',
    'You are a helpful AI assistant tasked with summarizing conversations.',
    'Analyze if this message indicates a new conversation topic.',
    'You are a security monitor for agents.',
    'You are an agent for Claude Code.',
    'Please write a 5-10 word title for this.',
    'Warmup',
    'quota',
    '{"max_tokens":1}',
  ];
  test.each(typed)('even if the user types: %s', (words) => {
    expect(purpose(turn(words))).toBe('main');
    expect(purpose(turn(words, { tools: [] }))).toBe('main');
    expect(purpose(oneShot('You help.', words))).toBe('main');
    const headers: HeaderList = [['X-Claude-Code-Request-Class', 'main']];
    expect(purpose(fork(words), { headers, isAgentTask: true })).toBe('main');
  });
});

describe('the header of newer versions decides', () => {
  const cases: [value: string, expected: Purpose][] = [
    ['main', 'main'],
    ['subagent', 'subagent'],
    ['workflow', 'subagent'],
    ['compaction', 'compaction'],
    ['auxiliary', 'side'],
    ['side_reply', 'side'],
    ['of a later version', 'main'],
  ];
  test.each(cases)('%s', (value, expected) => {
    expect(purpose(turn('Go on.'), { headers: [['x-claude-code-request-class', value]] })).toBe(expected);
  });

  test('an auxiliary call has the purpose of its shape', () => {
    const headers: HeaderList = [['x-claude-code-request-class', 'auxiliary']];
    expect(purpose({ ...oneShot('Name it.', 'Hi.'), ...answerIn('title') }, { headers })).toBe('title');
    expect(
      purpose(turn('What next?'), { headers: [...headers, ['x-claude-1p-request-class', 'followup-generation']] }),
    ).toBe('suggestion');
  });
});

test('a built-in agent is recognized by its system prompt where no header names it', () => {
  const system = [WHO, { ...text('You are a file search specialist.'), ...MARK }];
  expect(purpose(turn('Warmup', { system, tools: [] }))).toBe('subagent');
});

test('no body makes it throw', () => {
  fc.assert(fc.property(fc.jsonValue(), (body) => void expect(PURPOSES).toContain(purpose(body))));
  const field = fc.constantFrom('system', 'messages', 'tools', 'max_tokens', 'output_config', 'stop_sequences');
  fc.assert(
    fc.property(
      field,
      fc.jsonValue(),
      (key, value) => void expect(PURPOSES).toContain(purpose(turn('Hi.', { [key]: value }))),
    ),
  );
});
