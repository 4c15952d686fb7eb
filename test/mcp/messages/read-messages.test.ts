import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES, type RpcMessage, readMessages } from '../../../src/mcp/messages/index.js';

function read(text: string | Buffer, { size, truncated = false }: { size?: number; truncated?: boolean } = {}) {
  const bytes = Buffer.from(text);
  return readMessages({ bytes, size: size ?? bytes.length, truncated });
}

function brief({ kind, id, method }: RpcMessage) {
  return { kind, id, method };
}

describe('readMessages', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"ping"}', 'request', 1, 'ping'],
    ['{"jsonrpc":"2.0","id":"1","method":"ping"}', 'request', '1', 'ping'],
    ['{"jsonrpc":"2.0","method":"notifications/initialized"}', 'notification', null, 'notifications/initialized'],
    ['{"jsonrpc":"2.0","id":null,"method":"x"}', 'notification', null, 'x'],
    ['{"result":{},"jsonrpc":"2.0","id":0}', 'response', 0, null],
    ['{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}', 'error', 7, null],
    ['{"jsonrpc":"2.0","id":7,"result":{},"error":null}', 'response', 7, null],
    ['{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}', 'error', null, null],
  ])('reads %s', (text, kind, id, method) => {
    expect(read(text).map(brief)).toEqual([{ kind, id, method }]);
  });

  it.each([
    'Server listening on stdio',
    '{"jsonrpc":"2.0","id":1,"method":"ping"',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":{},"method":"ping"}',
    '{"jsonrpc":"2.0","result":{}}',
    '{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
    '"text"',
    '[]',
    '[{"id":1,"method":"ping"},]',
    '[{"id":1,"method":"ping"} {"id":2,"method":"ping"}]',
    '[{"id":1,"method":"ping"},{"id"2}]',
    '[{"id":1,"method":"ping"}',
    '[{"id":1,"method":"ping"}] and more',
  ])('keeps %s as one malformed message', (text) => {
    const [message, ...others] = read(text);
    expect(others).toEqual([]);
    expect(message).toMatchObject({ kind: 'malformed', id: null, method: null, size: text.length, truncated: false });
    expect(message?.bytes.toString()).toBe(text);
  });

  it('finds no message in a line of blanks', () => {
    expect(read(' \t\r')).toEqual([]);
    expect(read('')).toEqual([]);
  });

  it('keeps the exact bytes without the line end, invalid UTF-8 included', () => {
    const line = Buffer.concat([
      Buffer.from(' {"id":1, "method":"\u00e9'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}\r\n'),
    ]);
    const [message] = read(line);
    expect(message?.bytes.equals(line.subarray(0, -2))).toBe(true);
    expect(message).toMatchObject({ kind: 'request', method: '\u00e9\ufffd\ufffd', size: line.length - 2 });
  });

  it('gives each part of a batch its own bytes', () => {
    const parts = [
      '{"id":1,"method":"a","params":{"x":"],[{\\""}}',
      '{ "method" : "b" }',
      '{"id":"z","result":[[]]}',
      '7',
    ];
    const messages = read(`[ ${parts.join(' ,\t')}\n]`);
    expect(messages.map(({ bytes }) => bytes.toString())).toEqual(parts);
    expect(messages.map(({ size }) => size)).toEqual(parts.map((part) => part.length));
    expect(messages.map(({ kind }) => kind)).toEqual(['request', 'notification', 'response', 'malformed']);
  });

  it('reads a limited number of parts of a batch, and keeps the rest as text', () => {
    const messages = read(`[${Array(5_000).fill('{"method":"x"}').join(',')}]`);
    expect(messages).toHaveLength(1_001);
    expect(messages.at(-1)).toMatchObject({ kind: 'malformed', size: 4_000 * 15 });
  });

  it('reads kind, id and short fields of a message that is cut', () => {
    const text = `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"write","_meta":{"progressToken":5,"claudecode/toolUseId":"toolu_1"},"arguments":{"text":"${'x'.repeat(5_000)}`;
    const [message] = read(text, { size: 99_000_000, truncated: true });
    expect(message).toMatchObject({ kind: 'request', id: 5, method: 'tools/call', size: 99_000_000, truncated: true });
    expect(message?.body.params).toEqual({
      name: 'write',
      _meta: { progressToken: 5, 'claudecode/toolUseId': 'toolu_1' },
      arguments: {},
    });
  });

  it('reads a result that is cut before its id as a response without an id', () => {
    const text = `{"result":{"isError":true,"content":[{"type":"text","text":"${'y'.repeat(9_000)}`;
    const [message] = read(text, { size: 17_000_000, truncated: true });
    expect(message).toMatchObject({ kind: 'response', id: null, body: { result: { isError: true, content: [] } } });
  });

  it.each([
    [',"jsonrpc":"2.0","id":7}', 7],
    ['xx"}]}, "id" : "a\\"b" , "jsonrpc":"2.0" } ', 'a"b'],
    [']},"id":-7}', -7],
    ['"id":7}', null],
    ['xx","id":7}}', null],
    ['xx\\",\\"id\\":7}', null],
    [',"id":7}]', null],
    [',"id":7,"more":1}', null],
    [',"id":{"id":7}', null],
    ['', null],
  ])('finds the id behind a result whose middle is missing, and nothing that only looks like it: %s', (tail, id) => {
    const bytes = Buffer.from(`{"result":{"content":[{"type":"text","text":"${'y'.repeat(9_000)}`);
    const [message] = readMessages({ bytes, size: 17_000_000, truncated: true, tail: Buffer.from(tail) });
    expect(message).toMatchObject({ kind: 'response', id });
  });

  it('finds the id behind a result that is too large', () => {
    const bytes = Buffer.from(`{"result":{"content":"${'y'.repeat(MAX_MESSAGE_BYTES)}"},"jsonrpc":"2.0","id":3}`);
    expect(read(bytes)).toMatchObject([{ kind: 'response', id: 3, truncated: true }]);
  });

  it('does not take the beginning of a number for the number', () => {
    expect(read('{"method":"x","id":12', { size: 100, truncated: true })).toMatchObject([
      { kind: 'notification', id: null },
    ]);
    expect(read('{"method":"x","id":12,"a', { size: 100, truncated: true })).toMatchObject([
      { kind: 'request', id: 12 },
    ]);
  });

  it('keeps the beginning of a message that is too large, in linear time', () => {
    const text = Buffer.alloc(MAX_MESSAGE_BYTES + 1_000, '[');
    text.write('{"id":1,"result":{"content":');
    expect(readMessages({ bytes: text, size: text.length, truncated: false })).toMatchObject([
      { kind: 'response', id: 1, size: MAX_MESSAGE_BYTES + 1_000, truncated: true },
    ]);
    const hostile = [
      `{"a":${'{"a":'.repeat(1_000_000)}`,
      `{"id":1,"method":"x","params":{${'"a":1,'.repeat(1_500_000)}"b":1}}`,
      `[${'1,'.repeat(2_000_000)}1]`,
      `{"${'\\'.repeat(4_000_000)}`,
      `{${'"\\"'.repeat(1_000_000)}`,
      '"'.repeat(4_000_000),
    ];
    for (const line of hostile) expect(read(line, { truncated: true }).length).toBeGreaterThan(0);
    for (const line of hostile) expect(read(line).length).toBeGreaterThan(0);
  });

  it('reads the outline of a message that has too many values to be parsed', () => {
    const text = `{"id":3,"method":"tools/call","params":{"name":"sum","arguments":{"numbers":[${'1,'.repeat(1_200_000)}1]}}}`;
    const [message] = read(text);
    expect({ ...message, bytes: null }).toMatchObject({
      kind: 'request',
      id: 3,
      truncated: false,
      isOutline: true,
      body: { params: { name: 'sum', arguments: { numbers: [] } } },
    });
  });

  it('never throws, and never loses a byte of a line', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((tail) => `[{"method":"x"},${tail}]`),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (line, truncated) => {
        const messages = read(line, { truncated });
        for (const { size, bytes } of messages) expect(size).toBeGreaterThanOrEqual(bytes.length);
        if (!line.trimStart().startsWith('[') && messages.length > 0 && !truncated) {
          expect(messages[0]?.bytes.toString()).toBe(
            Buffer.from(line)
              .toString()
              .replace(/[\r\n]+$/, ''),
          );
        }
      }),
    );
  });

  it('splits any batch into what was joined', () => {
    const part = fc.record({ method: fc.string(), params: fc.dictionary(fc.string(), fc.jsonValue()) });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 20 }), fc.boolean(), (parts, spaced) => {
        const texts = parts.map((value) => JSON.stringify(value, null, spaced ? 1 : 0));
        const messages = read(`[${texts.join(spaced ? ' , ' : ',')}]`);
        expect(messages.map(({ bytes }) => bytes.toString())).toEqual(texts);
        expect(messages.map(({ kind }) => kind)).toEqual(parts.map(() => 'notification'));
      }),
    );
  });
});
