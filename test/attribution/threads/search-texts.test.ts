import { describe, expect, it } from 'vitest';
import { createThreads } from '../../../src/attribution/threads/threads.js';
import type { ContentBlock } from '../../../src/model/message.js';
import { finished } from './support/finished.js';

type Message = { role: 'user' | 'assistant'; content: string | ContentBlock[] };

/** A session that is attributed request by request: what each said. */
function session() {
  const threads = createThreads({});
  let count = 0;
  return (messages: readonly Message[], answer: ContentBlock[] | null = null) => {
    count += 1;
    const tools = [{ name: 'Read', input_schema: {} }];
    const system = 'You are a careful helper.';
    return threads.attribute(finished({ count, system, tools, messages, tokens: 500, answer })).searchTexts;
  };
}

const text = (value: string): ContentBlock => ({ type: 'text', text: value });
const prompt = (value: string): Message => ({ role: 'user', content: [text(value)] });
const call: ContentBlock = {
  type: 'tool_use',
  id: 'toolu_1',
  name: 'Read',
  input: { file_path: '/a.ts', deep: [{ x: 'in' }] },
};
const result: Message = {
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [text('export const a = 1;')] }],
};

describe('the search texts of an exchange', () => {
  it('are the new texts of the request, and the answer with the inputs of its tool calls', () => {
    const say = session();
    expect(say([prompt('Look at a.ts')], [{ type: 'thinking', thinking: 'Hm.' }, text('I look.'), call])).toEqual({
      prompts: ['Look at a.ts'],
      results: [],
      answer: ['I look.', '/a.ts', 'in'],
    });
    const answered: Message = { role: 'assistant', content: [text('I look.'), call] };
    expect(say([prompt('Look at a.ts'), answered, result], [text('It is 1.')])).toEqual({
      prompts: [],
      results: ['export const a = 1;'],
      answer: ['It is 1.'],
    });
  });

  it('hold a prompt that repeats an earlier one', () => {
    const say = session();
    const conversation = [prompt('yes'), { role: 'assistant', content: [text('Done.')] } satisfies Message];
    say(conversation.slice(0, 1));
    expect(say([...conversation, prompt('yes')]).prompts).toEqual(['yes']);
  });

  it('are all texts of a request that opens a thread, except system prompt and definitions', () => {
    const say = session();
    say([prompt('one')]);
    expect(say([prompt('two'), { role: 'assistant', content: 'x' }, prompt('three')]).prompts).toEqual([
      'two',
      'three',
    ]);
  });

  it('hold no image, and nothing of a missing answer', () => {
    const image: ContentBlock = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    expect(session()([{ role: 'user', content: [image, text('What is it?')] }])).toEqual({
      prompts: ['What is it?'],
      results: [],
      answer: [],
    });
  });

  it('include an input nested deeper than the stack, and a very wide one', () => {
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
    const wide = Array.from({ length: 200_000 }, () => 'x');
    const { answer } = session()([prompt('go')], [{ type: 'tool_use', id: 't', name: 'Read', input: { deep, wide } }]);
    expect(answer).toHaveLength(200_001);
    expect(answer[0]).toBe('bottom');
  });
});
