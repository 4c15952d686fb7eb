import { describe, expect, test } from 'vitest';
import type { Segment } from '../../../src/model/segment.js';
import { attributed } from '../../support/attributed.js';
import { called } from '../../support/owner-of.js';

describe('deferred definitions', () => {
  const tools = [{ name: 'mcp__hill__find', description: 'zorb '.repeat(50), defer_loading: true }];
  const weights = (body: unknown): Segment[] => attributed(body, { text: '' }).segments;

  test('have no tokens before they are loaded', () => {
    const [definition] = weights({ tools, messages: [{ role: 'user', content: 'Hi.' }] });
    expect(definition).toMatchObject({ source: 'mcp:hill', part: 'definition', tokens: 0 });
  });

  test('have tokens once, where the first reference loads them', () => {
    const reference = { type: 'tool_reference', tool_name: 'mcp__hill__find' };
    const conversation = called('ToolSearch', {}, [reference, reference], 'Tool loaded.');
    const segments = weights({ ...conversation, tools });
    const paths = segments.map(({ path }) => path);
    expect(paths.indexOf('/tools/0')).toBe(paths.indexOf('/messages/2/content/0/content/0') + 1);
    expect(segments.filter(({ part, tokens }) => part === 'definition' && tokens > 0)).toHaveLength(1);
  });
});

test('moving the cache mark does not change the hash of a block', () => {
  const call = { type: 'tool_use', id: 'a', name: 'Bash', input: {} };
  const hashes = [call, { ...call, cache_control: { type: 'ephemeral' } }].map((block) => {
    const body = { messages: [{ role: 'assistant', content: [block] }] };
    return attributed(body, { text: '' }).segments[0]?.hash;
  });
  expect(hashes[0]).toBe(hashes[1]);
});
