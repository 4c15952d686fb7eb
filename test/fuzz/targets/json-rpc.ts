import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRecord } from '../../../src/base/json.js';
import { elementsAt, fieldAt, fieldsAt, skipBlanks } from '../../../src/base/json-bytes.js';
import { type RpcMessage, readMessages, Tracker } from '../../../src/mcp/messages/index.js';
import { LineAssembler } from '../../../src/mcp/socket/line-assembler.js';
import type { McpMessageId } from '../../../src/model/mcp.js';
import type { McpLine } from '../../../src/wire/index.js';
import { cut, cuts, damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';

const SESSION = [
  '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{}},"clientInfo":{"name":"client","version":"1"}}}',
  '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"Serena","version":"1.2"},"instructions":"zoft"}}',
  '{"jsonrpc":"2.0","method":"notifications/initialized"}',
  '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"find","description":"finds \\"it\\"","inputSchema":{"type":"object"}}]}}',
  '{"jsonrpc":"2.0","id":"2","method":"tools/call","params":{"name":"find","arguments":{"name":"Foo\\u00e9"},"_meta":{"progressToken":"2","claudecode/toolUseId":"toolu_1"}}}',
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"2","progress":0.5}}',
  '{ "jsonrpc" : "2.0" , "result" : { "content" : [ { "type" : "text" , "text" : "f}]ound" } ] } , "id" : "2" }',
  '[{"jsonrpc":"2.0","id":3,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3,"reason":"timed out"}}]',
  '{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"no such method","data":null}}',
  '{"jsonrpc":"2.0","id":4,"result":{"resultType":"inputRequired","requestState":"s","inputRequests":{}}}',
  'Server listening on stdio',
  '',
];

const TOKENS = [
  ...[
    '\n',
    '\r\n',
    '\r',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ',',
    ':',
    ' ',
    '[[',
    ']]',
    '{}',
    '[]',
    '""',
    'null',
    '-',
    '1e999',
    '0.1',
    '1E400',
  ],
  ...[
    '"id":',
    '"id":{},',
    '"id":null,',
    '"id":-1,',
    '"method":"x",',
    '"result":{},',
    '"result":null,',
    '"error":{},',
    '"error":null,',
  ],
  ...[
    '"__proto__":{},',
    '"params":[],',
    '\\u0000',
    '\\ud800',
    '\ufeff',
    '\u00a0',
    '\u2028',
    ...['ff', 'c3', '00'].map((hex) => Buffer.from(hex, 'hex')),
  ],
];

const session = fc
  .tuple(fc.subarray(SESSION, { minLength: 1 }), fc.constantFrom('\n', '\r\n'))
  .map(([lines, end]) => Buffer.from(lines.map((line) => line + end).join('')));

type Brief = Pick<RpcMessage, 'kind' | 'id' | 'method'>;
const MALFORMED: Brief = { kind: 'malformed', id: null, method: null };

/** The meaning of a line according to JSON-RPC 2.0. */
function bySpecification(line: string): Brief[] {
  if (/^[ \t\r\n]*$/.test(line)) return [];
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [MALFORMED];
  }
  if (!Array.isArray(value)) return [briefOf(value)];
  return value.length === 0 ? [MALFORMED] : value.map(briefOf);
}

function briefOf(value: unknown): Brief {
  if (!isRecord(value)) return MALFORMED;
  const { id = null, method, error } = value;
  if (id !== null && typeof id !== 'string' && !Number.isFinite(id)) return MALFORMED;
  const known = id as string | number | null;
  if (typeof method === 'string') return { kind: id === null ? 'notification' : 'request', id: known, method };
  if (isRecord(error)) return { kind: 'error', id: known, method: null };
  return Object.hasOwn(value, 'result') && id !== null ? { kind: 'response', id: known, method: null } : MALFORMED;
}

function linesOf(pieces: readonly Buffer[]): McpLine[] {
  const lines: McpLine[] = [];
  const assembler = new LineAssembler('server', (line) => lines.push(line));
  for (const piece of pieces) assembler.push(piece, 0);
  assembler.end(0);
  return lines;
}

export const jsonRpc = fuzzTarget('json-rpc', 400, fc.record({ bytes: damaged(session, TOKENS, 6), cuts }), (input) => {
  const lines = linesOf([input.bytes]);
  assert.deepEqual(linesOf(cut(input.bytes, input.cuts)), lines);
  const messages = lines.flatMap(readMessages);
  // A line may end with several CR, which are not part of the message.
  const expected = input.bytes
    .toString('latin1')
    .split('\n')
    .map((line) => Buffer.from(line.replace(/\r+$/, ''), 'latin1').toString());
  assert.deepEqual(
    messages.map(({ kind, id, method }) => ({ kind, id, method })),
    expected.flatMap(bySpecification),
  );
  const tracker = new Tracker({ connectionId: 'mcps_1', estimateTokens: (text) => text.length });
  for (const [index, message] of messages.entries()) {
    const sender = index % 2 === 0 ? ('client' as const) : ('server' as const);
    tracker.take(message, { id: `mcpm_${index}` as McpMessageId, sender, at: index, exchange: null });
  }
  tracker.ended();
});

/** Values that are read by position agree with JSON.parse if the text is JSON; otherwise they are within the text. */
export const jsonBytes = fuzzTarget(
  'json-bytes',
  400,
  damaged(
    fc.constantFrom(...SESSION).map((line) => Buffer.from(line)),
    TOKENS,
    6,
  ),
  (bytes) => {
    const start = skipBlanks(bytes, 0);
    const fields = [...fieldsAt(bytes, start)];
    const elements = [...elementsAt(bytes, start)];
    let last = start;
    for (const range of [...fields, ...elements]) {
      assert.ok(last <= range.start && range.start <= range.end && range.end <= bytes.length);
      last = range.end;
    }
    const value = parsed(bytes);
    const textAt = ({ start: from, end }: { start: number; end: number }) => parsed(bytes.subarray(from, end));
    if (Array.isArray(value)) assert.deepEqual(elements.map(textAt), value);
    if (!isRecord(value)) return;
    for (const [name, field] of Object.entries(value)) {
      const range = fieldAt(bytes, name);
      assert.deepEqual(range && textAt(range), field);
    }
    assert.deepEqual(new Set(fields.map(({ name }) => name)), new Set(Object.keys(value)));
  },
);

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
