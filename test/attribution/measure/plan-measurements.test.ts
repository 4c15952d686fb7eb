import { describe, expect, it } from 'vitest';
import {
  EMPTY_CONTEXT,
  findPinnedCall,
  type PinnedCall,
  planMeasurements,
  settleMeasurement,
} from '../../../src/attribution/index.js';
import type { JsonRecord } from '../../../src/base/json.js';
import type { Measurements } from '../../../src/model/measurement.js';

const TOOLS = [
  {
    name: 'Read',
    description: 'Reads a file.',
    input_schema: { type: 'object' },
    cache_control: { type: 'ephemeral' },
  },
  { name: 'Bash', description: 'Runs a command.', input_schema: { type: 'object' } },
];
const MEMORY =
  '<system-reminder>\nContents of /home/ada/CLAUDE.md (project instructions, checked into the codebase):\n\nUse tabs.\n\n' +
  'Contents of /home/ada/.claude/CLAUDE.md (user instructions):\n\nBe brief.\n</system-reminder>\n';
const text = (content: string) => ({ type: 'text', text: content });
/** As long as ids of the API: this one counts them. */
const id = (number: number) => `toolu_01QmW8xVbN4kRtYpLsZcHdF${number}${number}`;
const call = (given: string, name = 'Bash') => ({ type: 'tool_use', id: given, name, input: { command: 'ls' } });
const result = (of: string, content: unknown) => ({ type: 'tool_result', tool_use_id: of, content });

/** The tokens of a block by another tokenizer: a token is four characters, and 2 are around the block. */
const size = (block: unknown) => 2 + Math.ceil(JSON.stringify(block).length / 4);

/** By the same tokenizer: 300 for tools, 3 around a message. */
function countOf({ tools, system, messages }: JsonRecord): number {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const blocks = list(messages).flatMap((message) => list(Object(message).content));
  const all = [...list(tools), ...list(system), ...blocks];
  return (
    (list(tools).length > 0 ? 300 : 0) +
    3 * list(messages).length +
    all.reduce<number>((sum, one) => sum + size(one), 0)
  );
}

function plan(
  body: JsonRecord,
  options: { redacted?: boolean; measured?: Measurements; pinnedCall?: PinnedCall } = {},
) {
  const { redacted = false, measured = new Map(), pinnedCall } = options;
  return planMeasurements({
    body,
    text: JSON.stringify(body),
    redacted,
    thread: EMPTY_CONTEXT,
    solution: null,
    measured,
    pinnedCall,
  });
}

function settle(planned: ReturnType<typeof plan>): number[] {
  return planned.flatMap((one) => {
    const found = settleMeasurement(
      one,
      one.sum.terms.map(({ request }) => countOf(request)),
    );
    return [...(found ?? new Map()).values()].map(({ tokens }) => tokens);
  });
}

const counts = (plans: ReturnType<typeof plan>) =>
  new Set(plans.flatMap(({ sum }) => sum.terms.map(({ request }) => JSON.stringify(request))));

describe('the plan of a measurement', () => {
  it('counts the instructions that the API adds for tools once, not in each tool', () => {
    const [overhead, read, bash] = settle(plan({ tools: TOOLS, messages: [{ role: 'user', content: 'Hello' }] }));
    const { cache_control: _, ...plain } = TOOLS[0] ?? {};
    expect(overhead).toBe(300);
    expect(read).toBe(size(plain));
    expect(bash).toBe(size(TOOLS[1]));
  });

  it('does not count them for a request that chooses its tool, since the API adds other instructions', () => {
    const body = { tools: TOOLS, messages: [{ role: 'user', content: 'Hello' }] };
    expect(plan({ ...body, tool_choice: { type: 'any' } })).toHaveLength(plan(body).length - 1);
  });

  it('counts the beginnings of a text, so that its pieces sum to the text', () => {
    const body = { messages: [{ role: 'user', content: [text(MEMORY), text('Hello')] }] };
    const pieces = plan(body);
    const tokens = settle(pieces);
    expect(pieces.length).toBeGreaterThan(3);
    const whole = countOf({ messages: [{ role: 'user', content: [text(MEMORY)] }] }) - 3;
    expect(tokens.slice(0, -1).reduce((sum, one) => sum + one, 0)).toBe(whole);
    // A request for each piece, and one without any.
    expect(counts(pieces).size).toBe(pieces.length + 1);
  });

  it('leaves out measured pieces, and counts their neighbours only if needed', () => {
    const body = { messages: [{ role: 'user', content: [text(MEMORY)] }] };
    const first = plan(body);
    const measured: Measurements = new Map(
      first.flatMap(({ keys }) => keys.map((key) => [key, { tokens: 9, known: 'exact' }])),
    );
    expect(plan(body, { measured })).toEqual([]);
    const changed = { messages: [{ role: 'user', content: [text(MEMORY.replace('Be brief.', 'Be long.'))] }] };
    const again = plan(changed, { measured });
    expect(again).toHaveLength(1);
    expect(counts(again).size).toBe(2);
  });

  it('puts a call beside a result and a result beside a call, as the API demands', () => {
    const body = {
      tools: TOOLS,
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: [text('I look.'), call(id(1)), call(id(2))] },
        { role: 'user', content: [result(id(1), 'a.txt'), result(id(2), [text('b.txt')])] },
      ],
    };
    for (const { sum } of plan(body, { pinnedCall: { call: call(id(0)), tokens: 20 } })) {
      for (const { request } of sum.terms) {
        const messages = request.messages as { role: string; content: JsonRecord[] }[];
        const ids = (type: string, key: string) =>
          messages.flatMap(({ content }) => content.filter((block) => block.type === type).map((block) => block[key]));
        expect(ids('tool_result', 'tool_use_id')).toEqual(ids('tool_use', 'id'));
        expect(messages.map(({ role }) => role)).toEqual(
          messages.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant')),
        );
        expect(messages.at(-1)?.role).toBe('user');
        if (ids('tool_use', 'id').length > 0) expect(request.tools).toHaveLength(1);
      }
    }
  });

  it('separates a call from its result with a call that a bill has given alone, and measures neither without one', () => {
    const body = {
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: [call(id(1)), call(id(2))] },
        { role: 'user', content: [result(id(1), 'a.txt'), result(id(2), 'b.txt')] },
      ],
    };
    expect(plan(body)).toHaveLength(1);
    const pinnedCall = { call: call(id(0)), tokens: size(call(id(0))) };
    const planned = plan(body, { pinnedCall });
    const tokens = settle(planned);
    // The cost of the probe's result, which is kept, then the pieces.
    expect(planned.map(({ keys }) => keys[0]?.replace(/ [0-9a-f]{64}$/, ''))).toEqual([
      'probe result',
      'text',
      'call',
      'call',
      'result',
      'result',
    ]);
    expect(tokens.slice(2, 4)).toEqual([size(call(id(1))), size(call(id(2)))]);
    expect(tokens.slice(4)).toEqual([size(result(id(1), 'a.txt')), size(result(id(2), 'b.txt'))]);
  });

  it('finds such a call in a request that its bills have solved', () => {
    const body = {
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: [call(id(1))] },
      ],
    };
    const request = { body, text: '', redacted: false, thread: EMPTY_CONTEXT };
    const solution = {
      tokens: [0, 9, 40],
      known: ['scaled' as const, 'scaled' as const, 'exact' as const],
      cleared: [],
    };
    expect(findPinnedCall({ ...request, solution })).toEqual({ call: call(id(1)), tokens: 40 });
    expect(findPinnedCall({ ...request, solution: null })).toBeNull();
    const shared = { ...solution, known: ['scaled' as const, 'scaled' as const, 'shared' as const] };
    expect(findPinnedCall({ ...request, solution: shared })).toBeNull();
  });

  it('leaves out blocks that the API would refuse or count in another way: thinking, blanks, references to tools', () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };
    const body = {
      messages: [
        { role: 'user', content: [text('  \n')] },
        { role: 'assistant', content: [thinking, call(id(1), 'ToolSearch')] },
        { role: 'user', content: [result(id(1), [{ type: 'tool_reference', tool_name: 'mcp__x__y' }])] },
      ],
    };
    const planned = plan(body, { pinnedCall: { call: call(id(0)), tokens: 20 } });
    const sent = [...counts(planned)].join('\n');
    expect(planned.map(({ keys }) => keys[0]?.replace(/ [0-9a-f]{64}$/, ''))).toEqual(['probe result', 'call']);
    expect(sent).not.toMatch(/thinking|tool_reference|" {2}/);
  });

  it('leaves out a text in which a secret was replaced, since the API counted the secret', () => {
    const body = {
      messages: [{ role: 'user', content: [text('My key is [redacted:0123456789abcdef].'), text('Hello')] }],
    };
    expect(plan(body, { redacted: true })).toHaveLength(1);
    // The same text in a body without secrets is what a person wrote.
    expect(plan(body)).toHaveLength(2);
  });

  it('gives no figure for counts that contradict each other', () => {
    const [one] = plan({ messages: [{ role: 'user', content: 'Hello' }] });
    expect(one && settleMeasurement(one, [5, 9])).toBeNull();
    expect(one && settleMeasurement(one, [5])).toBeNull();
  });
});
