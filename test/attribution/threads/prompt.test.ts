import { describe, expect, it } from 'vitest';
import { createThreads } from '../../../src/attribution/threads/threads.js';
import type { ContentBlock } from '../../../src/model/message.js';
import { finished } from './support/finished.js';

type Message = { role: 'user' | 'assistant'; content: string | ContentBlock[] };

/** A session that is attributed request by request: the prompt of each. */
function session() {
  const threads = createThreads({});
  let count = 0;
  return (...messages: readonly Message[]) => {
    count += 1;
    const tools = [{ name: 'Read', input_schema: {} }];
    return threads.attribute(finished({ count, system: 'You help.', tools, messages, tokens: 500 })).prompt;
  };
}

const text = (value: string): ContentBlock => ({ type: 'text', text: value });
const typed = (...values: string[]): Message => ({ role: 'user', content: values.map(text) });
const said = (value: string): Message => ({ role: 'assistant', content: [text(value)] });
const call: Message = { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }] };
const result: Message = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'text' }] };

describe('the prompt of a request', () => {
  it('is what was typed, in the first request that carries it', () => {
    const promptOf = session();
    expect(promptOf(typed('Read a.ts'))).toBe('Read a.ts');
    expect(promptOf(typed('Read a.ts'), call, result)).toBeNull();
    expect(promptOf(typed('Read a.ts'), call, result, said('Done.'), typed('And b.ts'))).toBe('And b.ts');
  });

  it('is not what the harness wrote beside it', () => {
    expect(session()(typed('<system-reminder>\nToday is Monday.\n</system-reminder>', 'What day is it?'))).toBe(
      'What day is it?',
    );
  });

  it('is the last message where a conversation is first seen in the middle', () => {
    expect(session()(typed('one'), said('1'), typed('two'))).toBe('two');
  });

  it('is a command as it was typed', () => {
    const tags = '<command-name>/review</command-name>\n<command-message>review</command-message>\n';
    expect(session()(typed(`${tags}<command-args>the last\ncommit</command-args>`, 'Review it.'))).toBe(
      '/review the last commit',
    );
  });

  it('is the text after a local command whose output is sent with it', () => {
    const local = '<command-name>/model</command-name>\n<command-message>model</command-message>';
    const output = '<local-command-stdout>Set model to opus</local-command-stdout>';
    expect(session()(typed(local), typed(output), typed('Go on'))).toBe('Go on');
  });

  it('is one line, and cut', () => {
    expect(session()(typed('two\n\n  lines'))).toBe('two lines');
    const cut = session()(typed('🙂 '.repeat(5_000)));
    expect([...(cut ?? '')]).toHaveLength(200);
    expect(cut).toMatch(/🙂…$/u);
  });

  it('is nothing in a subagent or a side call', () => {
    const threads = createThreads({});
    const messages = [typed('Find the tests')];
    const asked = finished({ count: 1, system: 'You help.', tools: [], messages, tokens: 9 });
    expect(threads.attribute({ ...asked, agentId: 'agent-1' }).prompt).toBeNull();
    const body = { ...Object(asked.body), max_tokens: 1 };
    expect(threads.attribute({ ...asked, body, text: JSON.stringify(body) }).prompt).toBeNull();
  });
});
