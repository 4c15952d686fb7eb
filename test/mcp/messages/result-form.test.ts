import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formOf } from '../../../src/mcp/messages/result-form.js';
import type { McpForm } from '../../../src/model/mcp.js';

const text = (text: string) => ({ type: 'text', text });
const reminder = text('<system-reminder>\n<total_tokens>14976033 tokens left</total_tokens>\n</system-reminder>');
const BEHIND = '\n\n<system-reminder>\nThe task tools were not used recently.\n</system-reminder>';
const long = 'A line of a long result.\n'.repeat(4_000);
const png = { type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' };
const gotPng = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
const jpeg = { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/4AAQ' } };
const structuredContent = { answer: 'yes', rate: 1.5 };
const json = '{"answer":"yes","rate":1.5}';
const resource = (more: object) => ({ type: 'resource', resource: { uri: 'file:///a.txt', ...more } });
const preview = `<persisted-output>\nOutput too large (97.7KB). Full output saved to: /home/a/tool-results/toolu_1.json\n\nPreview (first 2KB):\n[\n  {\n    "type": "text",\n    "text": "A line of`;
const saved =
  'Error: result (100,000 characters across 4,000 lines) exceeds maximum allowed tokens. Output has been saved to';
const tooLarge = 'MCP tool "a" response (40000 tokens) exceeds maximum allowed tokens (25000). Please use pagination.';
const binary = (what: string) => `${what} Binary content (audio/wav, 44 bytes) saved to /home/a/tool-results/blob.wav`;

type Case = [title: string, said: object, got: unknown, form: McpForm];

const CASES: Case[] = [
  ['a text', { content: [text('Hello')] }, [text('Hello')], 'whole'],
  ['a text with a reminder in a block of its own', { content: [text('Hello')] }, [text('Hello\n'), reminder], 'whole'],
  ['a text with a reminder behind it', { content: [text('Hello')] }, [text(`Hello${BEHIND}`)], 'whole'],
  ['texts and an image', { content: [text('a'), png, text('b')] }, [text('a'), gotPng, text('b\n'), reminder], 'whole'],
  [
    'an image with the name of its file',
    { content: [png, text('b')] },
    [gotPng, text('[Image: source: /home/a/x.png]'), text('b')],
    'whole',
  ],
  ['a failure', { content: [text('No'), text('Never')], isError: true }, `No\nNever${BEHIND}`, 'whole'],
  ['half of a surrogate pair', { content: [text('a\ud800b')] }, [text('a\ufffdb')], 'whole'],
  ['nothing', { content: [] }, '(mcp__a__b completed with no output)', 'whole'],
  ['an empty text', { content: [text('')] }, [text('')], 'whole'],
  ['a result of 2024-10-07', { toolResult: 'Hello' }, 'Hello', 'whole'],
  [
    'a link',
    { content: [{ type: 'resource_link', uri: 'file:///a', name: 'a' }] },
    [text('[Resource link: a] file:///a (A)')],
    'whole',
  ],
  [
    'a resource',
    { content: [resource({ text: 'Hello' })] },
    [text('[Resource from a at file:///a.txt] Hello\n'), reminder],
    'whole',
  ],
  [
    'an image as a resource',
    { content: [resource({ mimeType: 'image/png', blob: png.data })] },
    [text('[Resource from a at file:///a.txt] '), gotPng],
    'whole',
  ],
  ['structured content that is also a text', { content: [text(json)], structuredContent }, json, 'whole'],
  ['structured content alone', { structuredContent }, json, 'whole'],

  ['structured content in place of texts', { content: [text('Yes.')], structuredContent }, json, 'structured_only'],
  [
    'structured content with a reminder behind it',
    { content: [text('Yes.')], structuredContent },
    json + BEHIND,
    'structured_only',
  ],
  [
    'structured content and an image in place of a text',
    { content: [text('Yes.'), png], structuredContent },
    [gotPng, text(`${json}\n`), reminder],
    'structured_only',
  ],

  ['a preview', { content: [text(long)] }, `${preview}\n...\n</persisted-output>`, 'persisted'],
  ['the path of a file', { content: [text(long)] }, `${saved} /home/a/x.txt.\nFormat: Plain text`, 'persisted'],
  ['large structured content', { content: [text('Yes.')], structuredContent: { long } }, `${saved} /x`, 'persisted'],
  [
    'audio in a file',
    { content: [{ type: 'audio', data: 'UklGRg==' }] },
    [text(binary('[Audio from a]'))],
    'persisted',
  ],
  [
    'a text, and bytes in a file',
    { content: [text('See'), resource({ blob: 'AAAA' })] },
    [text('See'), text(binary('[Resource from a at file:///a.txt]'))],
    'persisted',
  ],

  ['the first of two texts', { content: [text('No'), text('Never')], isError: true }, 'No', 'cut'],
  ['the same with a reminder', { content: [text('No'), text('Never')], isError: true }, `No${BEHIND}`, 'cut'],
  [
    'the ends of a long failure',
    { content: [text(long)], isError: true },
    `${long.slice(0, 5_000)}\n... [90000 characters truncated] ...\n${long.slice(-5_000)}`,
    'cut',
  ],
  ['the text of a failure with an image', { content: [png, text('No')], isError: true }, 'No', 'cut'],
  ['audio that is left out', { content: [{ type: 'audio', data: 'UklGRg==' }] }, [], 'cut'],
  [
    'audio that is left out before a text',
    { content: [{ type: 'audio', data: 'UA==' }, text('a')] },
    [text('a')],
    'cut',
  ],
  ['one of two equal texts', { content: [text('a'), text('a'), text('b')] }, [text('a'), text('b')], 'cut'],

  ['words about its size', { content: [text(long)] }, tooLarge, 'rewritten'],
  [
    'words about an unknown block',
    { content: [{ type: 'smell' }] },
    'MCP server "a" returned a malformed',
    'rewritten',
  ],
  ['the output of a hook', { content: [text('Hello')] }, `CHANGED${BEHIND}`, 'rewritten'],
  ['a smaller image', { content: [png] }, [jpeg], 'rewritten'],
];

describe('what the model got of a result', () => {
  it.each(CASES)('%s', (_, result, got, form) => {
    expect(formOf({ type: 'result', result }, got)).toBe(form);
  });

  it('has the message of an error', () => {
    const error = { code: -32000, message: 'It broke', data: { more: true } };
    expect(formOf({ type: 'error', error }, 'MCP error -32000: It broke')).toBe('whole');
    expect(formOf({ type: 'error', error }, `It broke${BEHIND}`)).toBe('whole');
    expect(formOf({ type: 'error', error }, 'Tool failed')).toBe('rewritten');
  });

  it('is rewritten where the server has not answered', () => {
    expect(formOf({ type: 'none' }, 'MCP server "a" tool "b" timed out after 2s')).toBe('rewritten');
  });

  it('is known of a result that is too large to keep', () => {
    expect(formOf({ type: 'too_large' }, `${preview}\n...\n</persisted-output>`)).toBe('persisted');
    expect(formOf({ type: 'too_large' }, [text('A line')])).toBe('cut');
  });
});

describe('a hostile result', () => {
  it.each([preview, saved, tooLarge, binary('[Audio from a]'), reminder.text, json])(
    'that says %j is whole',
    (words) => {
      const result = { content: [text(words)], structuredContent };
      expect(formOf({ type: 'result', result }, [text(`${words}\n`), reminder])).toBe('whole');
    },
  );

  it('that begins with the words for a file, and is cut, is not persisted', () => {
    const words = `${preview}${long}`;
    const got = `${words.slice(0, 5_000)}\n... [90000 characters truncated] ...\n`;
    expect(formOf({ type: 'result', result: { content: [text(words)], isError: true } }, got)).toBe('cut');
  });

  it('that holds the words for a file, and is in one, is persisted', () => {
    expect(formOf({ type: 'result', result: { content: [text(`${long}${preview}`)] } }, preview)).toBe('persisted');
  });

  it.each([null, 7, 'text', [], { content: 'text' }, { content: [null, 7, { type: 7 }] }])(
    '%j is compared',
    (result) => {
      expect(() => formOf({ type: 'result', result }, [null, 7, { type: 'image' }])).not.toThrow();
    },
  );

  it('nested deeply is compared', () => {
    const nested = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
    const result = { content: [text('Yes.')], structuredContent: nested };
    expect(formOf({ type: 'result', result }, [text('Yes.')])).toBe('whole');
    expect(formOf({ type: 'result', result }, 'No')).toBe('rewritten');
  });

  it('takes time that is linear in its length', () => {
    const alike = 'a'.repeat(2_000_000);
    const blocks = Array.from({ length: 20_000 }, (_, index) => text(`${'b'.repeat(1_000)}${index}`));
    expect(formOf({ type: 'result', result: { content: [text(`${alike}b`)] } }, [text(`${alike}a`)])).toBe('cut');
    expect(formOf({ type: 'result', result: { content: blocks } }, blocks.toReversed())).toBe('cut');
  });

  it('of any texts and images is whole where all of them arrive', () => {
    const block = fc.oneof(
      fc.string({ unit: 'grapheme' }).map(text),
      fc.base64String().map((data) => ({ ...png, data })),
    );
    const arrivedAs = (said: { type: string; data?: string }) =>
      said.data === undefined ? said : { type: 'image', source: { data: said.data } };
    fc.assert(
      fc.property(fc.array(block), (content) => {
        expect(formOf({ type: 'result', result: { content } }, content.map(arrivedAs))).toBe('whole');
      }),
    );
  });
});
