import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNovelties } from '../../../src/attribution/index.js';
import { assembleMessage } from '../../../src/capture/reply/assemble-message.js';
import type { HeaderList } from '../../../src/model/exchange.js';
import type { Novelty } from '../../../src/model/novelty.js';
import { attributed } from '../../support/attributed.js';

/** The header lines of a message of Claude Code 2.1.332. */
const HEADERS: HeaderList = [
  ['Accept', 'application/json'],
  ['Authorization', 'Bearer zorblax'],
  ['Content-Type', 'application/json'],
  ['User-Agent', 'claude-cli/2.1.400 (external, cli)'],
  ['X-Claude-Code-Session-Id', '5f2f4f0e-0000-4000-8000-000000000001'],
  ['X-Stainless-Lang', 'js'],
  ['X-Stainless-Timeout', '600'],
  ['anthropic-beta', 'claude-code-20250219,interleaved-thinking-2025-05-14,effort-2025-11-24'],
  ['anthropic-dangerous-direct-browser-access', 'true'],
  ['anthropic-version', '2023-06-01'],
  ['x-app', 'cli'],
  ['x-client-request-id', '5f2f4f0e-0000-4000-8000-000000000002'],
  ['Connection', 'keep-alive'],
  ['Host', 'api.anthropic.com'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Content-Length', '1234'],
];

const reminder = (text: string) => ({ type: 'text', text: `<system-reminder>\n${text}\n</system-reminder>` });
const DATE = reminder(
  "As you answer the user's questions, you can use the following context:\n# currentDate\nToday is a day.\n",
);
const MESSAGES = [
  { role: 'user', content: [DATE, { type: 'text', text: 'zorblax prompt', cache_control: { type: 'ephemeral' } }] },
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'zorblax thought', signature: 'c2ln' },
      { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: '/zorblax' } },
    ],
  },
  {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'zorblax result' }] }],
  },
];
const BODY = {
  model: 'claude-opus-4-8',
  max_tokens: 32_000,
  stream: true,
  metadata: { user_id: 'zorblax' },
  system: [{ type: 'text', text: "You are Claude Code, Anthropic's official CLI for Claude." }],
  thinking: { type: 'adaptive' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  output_config: { effort: 'medium' },
  tools: [
    { name: 'Read', description: 'zorblax', input_schema: { type: 'object' } },
    { type: 'web_search_20250305', name: 'web_search' },
  ],
  messages: MESSAGES,
};
const EVENTS = [
  { type: 'message_start', message: { id: 'msg_1', role: 'assistant', content: [], usage: { input_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'zorblax answer' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
];

interface Given {
  headers?: HeaderList;
  body?: object;
  events?: object[];
  ownHeaders?: string[];
}

function seen({ headers = [], body = {}, events = [], ownHeaders = [] }: Given = {}) {
  const whole = { ...BODY, ...body };
  const message = assembleMessage([...EVENTS, ...events].map((event) => ({ event: '', data: JSON.stringify(event) })));
  const { segments } = attributed(whole);
  return findNovelties(
    { headers: [...HEADERS, ...headers], body: whole, message: message.message, segments },
    new Set(ownHeaders),
  );
}

const namesIn = (given: Given) => seen(given)?.novelties.map(({ kind, name }) => `${kind} ${name}`);
const withMessage = (...blocks: object[]): Given => ({
  body: { messages: [...MESSAGES, { role: 'user', content: blocks }] },
});

describe('findNovelties', () => {
  it('knows everything that Claude Code 2.1.332 sends, and its version', () => {
    expect(seen()).toEqual({
      version: '2.1.400',
      novelties: [],
      tokens: expect.any(Number),
      unmatchedTokens: 0,
    });
  });

  it('ignores other clients', () => {
    const headers: HeaderList = [['user-agent', 'anthropic-sdk-python/1.0']];
    expect(findNovelties({ headers, body: BODY, message: null, segments: [] }, new Set())).toBeNull();
  });

  it.each<[string, Given, string[]]>([
    ['a header', { headers: [['X-Claude-Code-Zorb', 'zorblax']] }, ['header x-claude-code-zorb']],
    ['a beta flag', { headers: [['anthropic-beta', 'effort-2025-11-24, zorb-2027-01-31']] }, ['beta zorb-2027-01-31']],
    ['a field', { body: { zorb_level: { secret: 'zorblax' } } }, ['field zorb_level']],
    [
      'a role',
      { body: { messages: [{ role: 'operator', content: 'zorblax' }] } },
      ['role operator', 'text without a source'],
    ],
    ['a block', withMessage({ type: 'hologram', data: 'zorblax' }), ['block hologram', 'text without a source']],
    [
      'a block in a result',
      withMessage({ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'sound', data: 'zorblax' }] }),
      ['block sound'],
    ],
    ['a tool of the API', { body: { tools: [{ type: 'zorb_20270131', name: 'zorb' }] } }, ['tool zorb_20270131']],
    ['an event', { events: [{ type: 'message_pause', text: 'zorblax' }] }, ['event message_pause']],
    [
      'a delta',
      { events: [{ type: 'content_block_delta', index: 0, delta: { type: 'zorb_delta', text: 'zorblax' } }] },
      ['delta zorb_delta'],
    ],
    [
      'a reminder',
      withMessage(reminder('Zorblax was never seen before.'), { type: 'text', text: 'go on' }),
      ['text reminder'],
    ],
    [
      'a system message',
      { body: { messages: [...MESSAGES, { role: 'system', content: 'Zorblax is new.' }] } },
      ['text reminder'],
    ],
  ])('notices %s', (_, given, expected) => {
    const found = seen(given);
    expect(namesIn(given)).toEqual(expected);
    expect(JSON.stringify(found)).not.toMatch(/zorblax/i);
  });

  it('counts the tokens of text that no rule knows', () => {
    const { tokens = 0, unmatchedTokens = 0 } = seen(withMessage(reminder('Zorblax was never seen before.'))) ?? {};
    expect(unmatchedTokens).toBeGreaterThan(5);
    expect(tokens).toBeGreaterThan(unmatchedTokens);
  });

  it('does not repeat names that a person or a company may have chosen', () => {
    const headers: HeaderList = [
      ['X-Acme-Team', 'rockets'],
      ['anthropic-beta', 'acme secret'],
    ];
    expect(namesIn({ headers, body: { 'Acme Rockets': 1 } })).toEqual(['header other', 'beta other', 'field other']);
    expect(namesIn({ headers: [['X-Acme-Team', 'rockets']], ownHeaders: ['x-acme-team'] })).toEqual([]);
    expect(namesIn({ body: { [`a${'b'.repeat(100)}`]: 1 } })).toEqual(['field other']);
  });

  it('treats prose after the output of a hook as part of that output', () => {
    const given = withMessage(
      reminder('UserPromptSubmit hook success: All is well.\n\nAnother paragraph of the hook.'),
      { type: 'text', text: 'go on' },
    );
    expect(namesIn(given)).toEqual([]);
  });

  it('is bounded, and accepts any input', () => {
    const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field_${index}`, 1]));
    expect(seen({ body: fields })?.novelties).toHaveLength(30);
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (body, messages, tools) => {
        const given = typeof body === 'object' && body !== null ? { ...body, messages, tools } : body;
        const found = findNovelties({ headers: HEADERS, body: given, message: null, segments: [] }, new Set());
        expect(found?.novelties.every(isShort)).toBe(true);
      }),
    );
  });
});

function isShort({ name }: Novelty): boolean {
  return name.length <= 64;
}
