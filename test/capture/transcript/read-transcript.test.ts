import { expect, it } from 'vitest';
import { createRedactor } from '../../../src/capture/redact/redactor.js';
import { type BadLine, createTranscriptReader } from '../../../src/capture/transcript/read-transcript.js';
import { fakeKey } from '../../support/fake-key.js';
import { call, SESSION, text, transcript } from '../../support/transcript.js';

const redactor = createRedactor(new Uint8Array(32));

function read(content: string) {
  const bad: BadLine[] = [];
  const reader = createTranscriptReader('file:///t.jsonl', redactor, (line) => bad.push(line));
  const found = [...reader.push(Buffer.from(content)), ...reader.end()];
  return { bad, found, exchanges: found.map((each) => ({ ...each, ...each.exchange() })) };
}

function bodyOf({ request }: { request: { body: { bytes: Uint8Array } } }) {
  return JSON.parse(Buffer.from(request.body.bytes).toString());
}

it('joins the lines of an answer, and takes its bill once, from the line that has its end', () => {
  const file = transcript();
  file.user('Hi');
  file.answer('a', { type: 'thinking', thinking: 'Hm', signature: 's' }, { ended: false, bill: { output_tokens: 1 } });
  file.answer('a', text('Hello'), { bill: { cache_read_input_tokens: 500, output_tokens: 42 } });
  file.answer('a', call('t1', 'Read'), { ended: false, bill: { output_tokens: 1 } });
  const { exchanges } = read(file.text());
  expect(exchanges).toHaveLength(1);
  expect(exchanges[0]?.response).toMatchObject({
    state: 'complete',
    status: null,
    latencyMs: null,
    usage: { uncached: 10, cacheRead: 500, output: 42 },
    message: { id: 'msg_a', content: [{ type: 'thinking' }, { type: 'text' }, { type: 'tool_use' }] },
  });
  expect(exchanges[0]).toMatchObject({ ids: ['msg_a', 'req_a'], cwd: '/project', growing: false });
});

it('has no bill of the output where no line has the end of the answer', () => {
  const file = transcript();
  file.user('Hi');
  file.answer('a', text('Hello'), { ended: false, bill: { output_tokens: 1 } });
  file.user('More');
  file.answer('b', text('Hel'), { ended: false, bill: { output_tokens: 1 } });
  file.user([text('[Request interrupted by user]')]);
  const [first, second] = read(file.text()).exchanges;
  expect(first?.response).toMatchObject({ state: 'complete', usage: { uncached: 10, output: null } });
  expect(second?.response).toMatchObject({ state: 'aborted', usage: { uncached: 10, output: null } });
});

it('makes each request of what came before its answer', () => {
  const file = transcript();
  file.user('Look', { promptId: 'p1' });
  file.answer('a', call('t1', 'Read'));
  file.result('t1', 'Water');
  file.add({ type: 'system', subtype: 'informational', content: 'not sent' });
  file.answer('b', text('Done'));
  const [first, second] = read(file.text()).exchanges;
  expect(bodyOf(first ?? fail())).toEqual({
    model: 'claude-sonnet-4-5',
    messages: [{ role: 'user', content: [text('Look')] }],
  });
  expect(bodyOf(second ?? fail()).messages.map(({ role }: { role: string }) => role)).toEqual([
    'user',
    'assistant',
    'user',
  ]);
  expect(second?.request).toMatchObject({
    origin: 'transcript',
    sessionId: SESSION,
    promptId: 'p1',
    model: 'claude-sonnet-4-5',
    timestamps: { initiated: Date.UTC(2026, 2, 1, 12, 0, 3), received: null },
  });
});

it('takes results of tools along that ran side by side', () => {
  const file = transcript();
  file.user('Look');
  file.answer('a', call('t1', 'Read'));
  const firstCall = file.last;
  file.answer('a', call('t2', 'Bash'));
  file.result('t2', 'of Bash');
  file.last = firstCall;
  file.result('t1', 'of Read');
  file.answer('b', text('Done'));
  const [, second] = read(file.text()).exchanges;
  const { messages } = bodyOf(second ?? fail());
  expect(messages[1].content.map(({ id }: { id: string }) => id)).toEqual(['t1', 't2']);
  expect(JSON.stringify(messages[2])).toMatch(/of Bash.*of Read/);
});

it('leaves a rewound part of the conversation out of later requests', () => {
  const file = transcript();
  file.user('One');
  file.answer('a', text('1'));
  const fork = file.last;
  file.user('Two');
  file.answer('b', text('2'));
  file.last = fork;
  file.user('Three');
  file.answer('c', text('3'));
  expect(JSON.stringify(bodyOf(read(file.text()).exchanges[2] ?? fail()))).not.toContain('Two');
});

it('begins again with the summary behind a compaction', () => {
  const file = transcript();
  file.user('One');
  file.answer('a', text('1'));
  file.add({ type: 'system', subtype: 'compact_boundary', parentUuid: null, logicalParentUuid: 'u-1' });
  file.user('The summary', { isCompactSummary: true, isVisibleInTranscriptOnly: true });
  file.user('Two');
  file.answer('b', text('2'));
  expect(bodyOf(read(file.text()).exchanges[1] ?? fail()).messages).toEqual([
    { role: 'user', content: [text('The summary'), text('Two')] },
  ]);
});

it('tells the agents of one file apart, also where their lines alternate', () => {
  const file = transcript();
  file.user('Task one', { isSidechain: true, agentId: 'one' });
  const one = file.last;
  file.last = null;
  file.user('Task two', { isSidechain: true, agentId: 'two' });
  const two = file.last;
  file.last = one;
  file.answer('a', text('1'), { ended: false, fields: { agentId: 'one' } });
  const half = file.last;
  file.last = two;
  file.answer('b', text('2'), { fields: { agentId: 'two' } });
  file.last = half;
  file.answer('a', text('one'), { fields: { agentId: 'one' } });
  const { exchanges } = read(file.text());
  expect(exchanges.map(({ request, response }) => [request.agentId, response.message?.content.length])).toEqual([
    ['one', 2],
    ['two', 1],
  ]);
});

it('reads reminders where a version keeps them as they were sent', () => {
  const file = transcript();
  file.user('Hi');
  const reminder = '<system-reminder>\nToday is a day.\n</system-reminder>';
  file.add({ type: 'attachment', attachment: { type: 'date' }, rendered: [{ content: reminder }] });
  file.answer('a', text('Hello'));
  expect(bodyOf(read(file.text()).exchanges[0] ?? fail()).messages[0].content).toEqual([text('Hi'), text(reminder)]);
});

it('takes no answer that Claude Code made up itself', () => {
  const file = transcript();
  file.user('Hi');
  file.answer('a', text('API Error'), { fields: { isApiErrorMessage: true } });
  file.answer('b', text('No response requested.'), {
    fields: {
      message: { id: 'x', model: '<synthetic>', role: 'assistant', content: [text('No response requested.')] },
    },
  });
  file.answer('c', text('Hello'));
  const { exchanges } = read(file.text());
  expect(exchanges.map(({ ids }) => ids[0])).toEqual(['msg_c']);
  expect(JSON.stringify(bodyOf(exchanges[0] ?? fail()))).not.toContain('API Error');
});

it('names lines that cannot be read, and reads the others', () => {
  const file = transcript();
  file.user('Hi');
  file.answer('a', text('Hello'));
  for (const timestamp of ['never', '1960-01-01T00:00:00Z', '+099999-01-01T00:00:00Z']) {
    file.answer(timestamp, text('Hello'), { fields: { timestamp, parentUuid: null } });
  }
  const long = 'x'.repeat(33 * 1024 ** 2);
  const deep = `{"uuid":"d","type":"user","message":{"content":[{"input":${'['.repeat(50_000)}${']'.repeat(50_000)}}]}}`;
  const { bad, exchanges } = read(`{"cut\n\n[]\n${long}\n${deep}\n${file.text()}{"unfinish`);
  expect(bad).toEqual([
    { number: 1, why: 'not JSON' },
    { number: 3, why: 'not JSON' },
    { number: 4, why: 'too long' },
    { number: 5, why: 'nested too deep' },
    { number: 8, why: 'no time' },
    { number: 9, why: 'no time' },
    { number: 10, why: 'no time' },
  ]);
  expect(exchanges.map(({ ids }) => ids[0])).toEqual(['msg_a']);
});

it('says that the last answer may still grow', () => {
  const file = transcript();
  file.user('Hi');
  file.answer('a', text('Hel'), { ended: false });
  expect(read(file.text()).found.map(({ growing }) => growing)).toEqual([true]);
  file.user('More');
  expect(read(file.text()).found.map(({ growing }) => growing)).toEqual([false]);
});

it('keeps secrets out of request and answer', () => {
  const key = fakeKey('zorblax');
  const file = transcript();
  file.user(`My key is ${key}`);
  file.answer('a', text(`It is ${key}`));
  const { exchanges } = read(file.text());
  expect(JSON.stringify(exchanges.map(({ request, response }) => [bodyOf({ request }), response.message]))).toMatch(
    /\[redacted:[0-9a-f]{16}\].*\[redacted:/,
  );
  expect(JSON.stringify(bodyOf(exchanges[0] ?? fail()))).not.toContain('zorblax');
});

it('survives entries that lead in a circle', () => {
  const file = transcript();
  file.user('Hi', { uuid: 'x', parentUuid: 'y' });
  file.user('Ho', { uuid: 'y', parentUuid: 'x' });
  file.last = 'y';
  file.answer('a', text('Hello'));
  expect(bodyOf(read(file.text()).exchanges[0] ?? fail()).messages).toHaveLength(1);
});

it('takes nothing for an id that no header could have', () => {
  const file = transcript();
  for (const [index, sessionId] of ['a\n# b', 'a\u001b[2J', '\u202eab', '\ud800', 'plain'].entries()) {
    file.user('Hi', { sessionId, parentUuid: null });
    file.answer(`${index}`, text('Hello'), { fields: { sessionId } });
  }
  expect(read(file.text()).found.map(({ sessionId }) => sessionId)).toEqual([null, null, null, null, 'plain']);
});

it('forgets the oldest entries of a file with very many, though they have no text', () => {
  const file = transcript();
  file.user('Forgotten');
  for (let n = 0; n < 70_000; n++) file.add({ type: 'progress' });
  file.user('Remembered');
  file.answer('a', text('Hello'));
  const [message, ...others] = bodyOf(read(file.text()).exchanges[0] ?? fail()).messages;
  expect([message.content, others]).toEqual([[text('Remembered')], []]);
});

function fail(): never {
  throw new Error('not found');
}
