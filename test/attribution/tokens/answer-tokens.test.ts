import { expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/attribution/index.js';
import { estimateAnswer } from '../../../src/attribution/tokens/answer-tokens.js';
import { assembleMessage } from '../../../src/capture/reply/assemble-message.js';

const WORDS = 'brindle mellip zoft '.repeat(200);

/** Of an answer whose stream ends inside its only block. */
function estimated(start: object, deltas: readonly object[]): number {
  const events = [
    { type: 'message_start', message: { role: 'assistant' } },
    { type: 'content_block_start', index: 0, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
  ];
  const { message } = assembleMessage(events.map((data) => ({ event: data.type, data: JSON.stringify(data) })));
  if (message === null) throw new Error('a message has begun');
  return estimateAnswer(message, EMPTY_CONTEXT);
}

const text = estimated({ type: 'text', text: '' }, [{ type: 'text_delta', text: WORDS }]);

it('counts the words of text', () => {
  expect(text).toBeGreaterThan(600);
  expect(text).toBeLessThan(3000);
});

it.each<[string, object, object[]]>([
  ['thinking', { type: 'thinking', thinking: '' }, [{ type: 'thinking_delta', thinking: WORDS }]],
  [
    'thinking with its signature',
    { type: 'thinking', thinking: '' },
    [
      { type: 'thinking_delta', thinking: WORDS },
      { type: 'signature_delta', signature: 'A'.repeat(4000) },
    ],
  ],
  [
    'tool input that breaks off',
    { type: 'tool_use', id: 'a', name: 'Write', input: {} },
    [
      { type: 'input_json_delta', partial_json: `{"content":"${WORDS.slice(0, 2000)}` },
      { type: 'input_json_delta', partial_json: WORDS.slice(2000) },
    ],
  ],
])('counts %s about like the same words of text', (_, start, deltas) => {
  const tokens = estimated(start, deltas);
  expect(tokens / text).toBeGreaterThan(0.9);
  expect(tokens / text).toBeLessThan(1.3);
});

it('counts nothing for an empty answer', () => {
  expect(estimated({ type: 'text', text: '' }, [])).toBeLessThan(10);
});
