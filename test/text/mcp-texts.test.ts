import { describe, expect, it } from 'vitest';
import type { McpMessageDetail } from '../../src/model/mcp-rows.js';
import { answerText, beginningOf, contentText, requestText } from '../../src/text/mcp-texts.js';
import { aMessage } from '../store/support/mcp-records.js';

function stored(text: string | null): McpMessageDetail {
  const message = aMessage('mcps_1');
  return { ...message, at: new Date(message.at), bytes: text === null ? null : Buffer.from(text), hits: [] };
}

const text = (said: string) => ({ type: 'text', text: said });
const IMAGE = { type: 'image', mimeType: 'image/png', data: 'AAAA' };
const request = (params: unknown) => requestText(stored(JSON.stringify({ id: 1, method: 'tools/call', params })));
const answer = (body: object) => answerText(stored(JSON.stringify({ id: 1, ...body })));

describe('the text of an MCP message', () => {
  it.each([
    ['arguments', request({ name: 'find', arguments: { a: 1 } }), '{\n  "a": 1\n}'],
    ['the URI of a resource', request({ uri: 'file:///a' }), '{\n  "uri": "file:///a"\n}'],
    ['blocks of text as they are', answer({ result: { content: [text('a'), text('b')] } }), 'a\n\nb'],
    ['an image by its size', answer({ result: { content: [IMAGE] } }), '[image, image/png, 4 characters of base64]'],
    ['structured content', answer({ result: { structuredContent: { a: 1 } } }), 'structured content:\n{\n  "a": 1\n}'],
    ['an error', answer({ error: { code: -1, message: 'no' } }), '{\n  "code": -1,\n  "message": "no"\n}'],
    ['text that is no JSON', answerText(stored('Error: {')), 'Error: {'],
    ['damage', answerText(stored(null)), '[damaged: claude-trace verify]'],
  ])('shows %s', (_, shown, expected) => {
    expect(shown).toBe(expected);
  });

  it('stays small for wide JSON that is nested deep', () => {
    let nested: unknown = Array.from({ length: 400_000 }, () => 1);
    for (let depth = 0; depth < 150; depth += 1) nested = [nested];
    const shown = answer({ result: { structuredContent: nested } });
    expect(shown.length).toBeLessThan(1_000_000);
    expect(beginningOf(shown)).toMatch(/\n… \d+ more characters$/);
    for (let depth = 0; depth < 150; depth += 1) nested = [nested];
    expect(answer({ result: { structuredContent: nested } })).toContain('[nested too deep]');
  });
});

describe('content of a result as the API has it', () => {
  it.each([
    ['a text', 'plain', 'plain'],
    [
      'blocks',
      [text('a'), { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }],
      'a\n\n[image, image/png, 4 characters of base64]',
    ],
  ])('%s', (_, content, expected) => {
    expect(contentText(content)).toBe(expected);
  });
});
