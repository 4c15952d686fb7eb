import { describe, expect, it } from 'vitest';
import { createThreads } from '../../../src/attribution/threads/threads.js';
import { finished } from '../threads/support/finished.js';

interface Turn {
  tools?: readonly string[];
  messages: readonly [role: 'user' | 'assistant', content: string][];
  /** Of the bill; null: the request failed. */
  tokens: number | null;
}

const WORDS = 'The quick brown fox jumps over the lazy dog. '.repeat(20);

/** A session that is attributed request by request: what is new of each source. */
function session() {
  const threads = createThreads({});
  let count = 0;
  return ({ tools = ['Read'], messages, tokens }: Turn): Record<string, number | null> => {
    count += 1;
    const exchange = finished({
      count,
      system: `You are a careful helper. ${WORDS}`,
      tools: tools.map((name) => ({ name, description: WORDS, input_schema: {} })),
      messages: messages.map(([role, content]) => ({ role, content: [{ type: 'text', text: content }] })),
      tokens,
    });
    const { shares } = threads.attribute(exchange);
    return Object.fromEntries(shares.map(({ source, newTokens }) => [source, newTokens]));
  };
}

const FIRST = { messages: [['user', 'Look at a.ts']], tokens: 900 } as const satisfies Turn;

describe('the new tokens of a source', () => {
  it('are not known for the first request of a thread', () => {
    expect(new Set(Object.values(session()(FIRST)))).toEqual(new Set([null]));
  });

  it('are those of content that the request before did not carry, even if the bill changes other figures', () => {
    const attribute = session();
    attribute(FIRST);
    const grown = attribute({
      messages: [...FIRST.messages, ['assistant', 'It is empty.'], ['user', `Then fill it. ${WORDS}`]],
      tokens: 1_400,
    });
    expect(grown).toMatchObject({ 'framework:system': 0, 'tool:Read': 0 });
    expect(grown.user).toBeGreaterThan(100);
    expect(grown.assistant).toBeGreaterThan(0);
  });

  it('include an added tool', () => {
    const attribute = session();
    attribute(FIRST);
    const joined = attribute({ ...FIRST, tools: ['Read', 'mcp__serena__find'], tokens: 1_200 });
    expect(joined).toMatchObject({ 'framework:system': 0, 'tool:Read': 0, user: 0 });
    expect(joined['mcp:serena']).toBeGreaterThan(100);
  });

  it('are estimated for a request that failed', () => {
    const attribute = session();
    attribute(FIRST);
    const failed = attribute({
      messages: [...FIRST.messages, ['assistant', 'Yes.'], ['user', 'Go on.']],
      tokens: null,
    });
    expect(failed).toMatchObject({ 'framework:system': 0, 'tool:Read': 0 });
    expect(failed.user).toBeGreaterThan(0);
  });
});
