import { describe, expect, it } from 'vitest';
import type { RequestDifference } from '../../../src/model/replayed-request.js';
import { createMatcher } from '../../../src/scripted/recorded/matching.js';
import { type Endpoint, type KnownTurns, shapeOf } from '../../../src/scripted/recorded/request-shape.js';

const text = (content: string) => ({ type: 'text', text: content });
const user = (...content: object[]) => ({ role: 'user', content });
const assistant = (...content: object[]) => ({ role: 'assistant', content });
const call = (id: string, name = 'Read') => ({ type: 'tool_use', id, name, input: { path: 'a' } });
const result = (id: string, content: unknown, more: object = {}) => ({
  ...{ type: 'tool_result', tool_use_id: id, content },
  ...more,
});
const TOOLS = [{ name: 'Read', description: 'Reads.', input_schema: {} }];

function request(messages: object[], more: object = {}) {
  return { model: 'claude-a', max_tokens: 1_000, tools: TOOLS, messages, ...more };
}

const OPENING = user(text('Find the bug in the parser'));
const CALLED = [OPENING, assistant(text('I look.'), call('toolu_1'), call('toolu_2', 'Bash'))];
const RESULTS = [...CALLED, user(result('toolu_1', 'line'), result('toolu_2', [text('ok')]))];

/** Answers by the letters of the recorded requests. */
function matcher(recorded: Record<string, object>, endpoint: Endpoint = 'messages') {
  const entries = Object.entries(recorded).map(([answer, body]) => ({ answer, shape: shapeOf(endpoint, { ...body }) }));
  const { match } = createMatcher(entries);
  return (body: object, session = '', at: Endpoint = endpoint) => match(shapeOf(at, { ...body }), session);
}

it('shares the turns that requests of a session have in common', () => {
  const known: KnownTurns = new Map();
  const [first, second] = [request(CALLED), request(RESULTS)].map((body) => shapeOf('messages', body, known));

  expect(second?.turns.slice(0, 2).every((turn, index) => turn === first?.turns[index])).toBe(true);
  expect(second?.turns[2]?.tools).toEqual(['Read', 'Bash']);
  expect(second).toEqual(shapeOf('messages', request(RESULTS)));
});

it('has the same shape in whatever order the results of parallel calls came', () => {
  const other = [...CALLED, user(result('toolu_2', [text('ok')]), result('toolu_1', 'line'))];
  expect(shapeOf('messages', request(other))).toEqual(shapeOf('messages', request(RESULTS)));
});

describe('a request that was recorded', () => {
  const equal: [what: string, given: object][] = [
    ['the same', request(RESULTS)],
    ['results in another order', request([...CALLED, user(result('toolu_2', 'ok'), result('toolu_1', 'line'))])],
    [
      'reminders, in texts of their own and in results',
      request([
        OPENING,
        assistant(text('I look.'), call('toolu_1'), call('toolu_2', 'Bash')),
        user(
          result('toolu_1', 'line\n<system-reminder>\n9 tokens\n</system-reminder>'),
          result('toolu_2', 'ok'),
          text('<system-reminder>Hook says hi</system-reminder>'),
        ),
      ]),
    ],
    [
      'thinking',
      request([
        OPENING,
        assistant({ type: 'thinking', thinking: 'Hm.' }, ...(CALLED[1]?.content ?? [])),
        ...RESULTS.slice(2),
      ]),
    ],
    [
      'system messages, marks of the cache, metadata and the system prompt',
      request(
        [
          OPENING,
          { role: 'system', content: 'Today is Monday.' },
          ...RESULTS.slice(1, 2),
          user(result('toolu_1', 'line', { cache_control: { type: 'ephemeral' } }), result('toolu_2', 'ok')),
        ],
        { metadata: { user_id: 'someone' }, system: 'You are in /tmp.', diagnostics: { previous_message_id: 'x' } },
      ),
    ],
  ];

  it.each(equal)('is found without differences: %s', (_what, given) => {
    const match = matcher({ other: request([OPENING]), it: request(RESULTS) });

    expect(match(given)).toEqual({ answer: 'it', differences: [] });
  });

  it.each([
    ['ids', 'session 0802d7db-2f83-4165-9b07-b9e9917f675a', 'session cc671757-9abd-4108-9f4b-d84f2dfa4b3a'],
    ['ids of agents', 'agentId: aabd7100846078369 done', 'agentId: a18409d2843936bdd done'],
    ['dates', 'on 2026-01-05 at', 'on 2027-11-30 at'],
    ['times', 'at 2026-01-05T08:09:10.123Z.', 'at 2026-01-05T09:00:00Z.'],
    ['durations', 'took 1.5s, then duration_ms: 433', 'took 20s, then duration_ms: 5'],
    ['blanks', 'a\n\n b ', 'a b'],
  ])('is found though it has other %s', (_what, recorded, given) => {
    const match = matcher({ it: request([user(text(recorded))]) });

    expect(match(request([user(text(given))]))?.differences).toEqual([]);
  });

  it('is found though its tools are in another order, with fields that the model does not read', () => {
    const [read = {}] = TOOLS;
    const match = matcher({ it: request([OPENING], { tools: [{ name: 'Grep' }, read] }) });

    expect(match(request([OPENING], { tools: [{ ...read, verified: false }, { name: 'Grep' }] }))?.differences).toEqual(
      [],
    );
  });

  it('is answered in recorded order, the last answer again and again', () => {
    const match = matcher({ a: request([OPENING]), b: request([OPENING]) });
    const answers = (session: string) => [1, 2, 3].map(() => match(request([OPENING]), session)?.answer);

    expect(answers('one')).toEqual(['a', 'b', 'b']);
    expect(answers('two')).toEqual(['a', 'b', 'b']);
  });

  it('is distinguished by its system prompt where nothing else differs', () => {
    const match = matcher({
      title: request([OPENING], { tools: [], system: 'Name it.' }),
      topic: request([OPENING], { tools: [], system: 'Is it new?' }),
    });

    expect(match(request([OPENING], { tools: [], system: 'Is it new?' }))?.answer).toBe('topic');
    expect(match(request([OPENING], { tools: [], system: 'Name it.' }))?.answer).toBe('title');
  });

  it('is not distinguished by the order in which servers say their instructions in its system prompt', () => {
    const system = (...servers: string[]) => ['Use the servers.', ...servers.map((name) => `## ${name}`)].join('\n');
    const match = matcher({
      one: request([OPENING], { system: system('atlas') }),
      both: request([OPENING], { system: system('atlas', 'ledger') }),
    });

    expect(match(request([OPENING], { system: system('ledger', 'atlas') }))?.answer).toBe('both');
    expect(match(request([OPENING], { system: system('atlas') }))?.answer).toBe('one');
  });

  it('is found among counts by what is counted', () => {
    const match = matcher(
      { none: request([OPENING], { tools: [] }), one: request([OPENING]), two: request([user(text('foo'))]) },
      'count_tokens',
    );

    expect(match(request([OPENING]))).toEqual({ answer: 'one', differences: [] });
    expect(match(request([OPENING]), '', 'messages')).toBeNull();
  });
});

describe('a request that differs', () => {
  const recorded = { it: request(RESULTS), other: request([OPENING]) };
  const different: [what: string, given: object, difference: RequestDifference][] = [
    ['in its model', request(RESULTS, { model: 'claude-b' }), { in: 'model', recorded: 'claude-a', given: 'claude-b' }],
    ['in max_tokens', request(RESULTS, { max_tokens: 5 }), { in: 'max_tokens', recorded: 1_000, given: 5 }],
    [
      'in its tools',
      request(RESULTS, { tools: [{ name: 'Grep' }, { name: 'Web' }] }),
      { in: 'tools', added: ['Grep', 'Web'], removed: ['Read'] },
    ],
    [
      'in the text of a tool',
      request(RESULTS, { tools: [{ name: 'Read', description: 'New.' }] }),
      { in: 'definitions' },
    ],
    [
      'in a result',
      request([...CALLED, user(result('toolu_1', 'another line'), result('toolu_2', 'ok'))]),
      { in: 'turn', turn: 3, role: 'user', tools: ['Read', 'Bash'] },
    ],
    [
      'in a word of its prompt',
      request([user(text('Find the bug in my parser')), ...RESULTS.slice(1)]),
      { in: 'turn', turn: 1, role: 'user', tools: [] },
    ],
  ];

  it.each(different)('%s is answered by the most similar, and the difference is named', (_what, given, difference) => {
    expect(matcher(recorded)(given)).toEqual({ answer: 'it', differences: [difference] });
  });

  it.each([
    ['another prompt', request([user(text('Write a poem about rain'))])],
    ['another call', request([OPENING, assistant(call('toolu_9')), user(result('toolu_9', 'x'))])],
    ['a longer conversation', request([...RESULTS, assistant(text('Done.')), user(text('And now?'))])],
    ['no tools', request([OPENING], { tools: [] })],
    ['nothing', {}],
  ])('too much has no answer: %s', (_what, given) => expect(matcher(recorded)(given)).toBeNull());

  it('is answered though a transcript does not know its tools', () => {
    const shape = { ...shapeOf('messages', request([OPENING])), tools: null, maxTokens: null };
    const { match } = createMatcher([{ answer: 'it', shape }]);

    expect(match(shapeOf('messages', request([OPENING])), '')).toEqual({ answer: 'it', differences: [] });
  });
});

it('takes linear time on hostile texts', () => {
  const hostile = [
    '<system-reminder>'.repeat(50_000),
    '2026-01-01T'.repeat(50_000),
    'a'.repeat(1_000_000),
    '0-'.repeat(500_000),
  ];
  const start = performance.now();
  for (const content of hostile) shapeOf('messages', request([user(text(content))]));

  expect(performance.now() - start).toBeLessThan(5_000);
});
