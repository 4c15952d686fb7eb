import { describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/attribution/attribute.js';
import { weighRequest } from '../../../src/attribution/tokens/weigh.js';

const call = { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'Read', input: {} }] };
const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'ten lines' }] };
const question = { role: 'user', content: 'And then?' };

/** Of messages, by their paths. */
function pieces(messages: readonly object[]) {
  const weighed = weighRequest({ messages }, '', EMPTY_CONTEXT).filter(({ path }) => path !== '');
  return new Map(weighed.map((piece) => [piece.path, piece]));
}

describe('pieces of messages that are the same objects', () => {
  it('are the same objects where they are equal', () => {
    const before = pieces([call, result]);
    const after = pieces([call, result, question]);
    expect(after.size).toBe(3);
    for (const [path, piece] of before) expect(after.get(path)).toBe(piece);
  });

  it('are others where the messages around give them another source or another place', () => {
    const [path, moved] = ['/messages/1/content/0/content', '/messages/0/content/0/content'];
    const before = pieces([call, result]).get(path);
    expect(before).toMatchObject({ source: 'tool:Read', content: 'ten lines' });
    expect(pieces([question, result]).get(path)).toMatchObject({ source: 'unknown', content: 'ten lines' });
    expect(pieces([result]).get(moved)).toMatchObject({ source: 'unknown', hash: before?.hash });
    expect(pieces([call, result]).get(path)).toEqual(before);
  });

  it('of a deferred definition count where it is loaded, and not where it is not', () => {
    const tools = [{ name: 'Grep', description: 'Finds lines.', input_schema: {}, defer_loading: true }];
    const reference = { type: 'tool_reference', tool_name: 'Grep' };
    const loads = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [reference] }] };
    const tokensOf = (messages: readonly object[]) =>
      weighRequest({ tools, messages }, '', EMPTY_CONTEXT)
        .filter(({ part, path }) => part === 'definition' && path.startsWith('/tools/'))
        .map(({ unread, estimatedTokens }) => [unread, estimatedTokens > 0]);
    for (let time = 0; time < 2; time++) {
      expect(tokensOf([call, loads])).toEqual([[null, true]]);
      expect(tokensOf([call])).toEqual([['deferred', false]]);
    }
  });
});
