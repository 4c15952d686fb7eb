import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRecord, parseJson } from '../../../src/base/json.js';
import { createRedactor } from '../../../src/capture/redact/redactor.js';
import { safeBody } from '../../../src/capture/redact/safe-body.js';
import { readReply } from '../../../src/capture/reply/read-reply.js';
import type { HeaderList } from '../../../src/model/exchange.js';
import { parseSse } from '../../../src/wire/sse.js';

const COOKIE = 'Zm9vYmFyLXNlY3JldC1jb29raWUtdmFsdWUtMTIzNDU2Nzg5MA';
const UNSEEN_KEY = `sk-ant-api03-${'Ab3_'.repeat(20)}`;

const sse = (...events: readonly object[]) =>
  Buffer.from(
    events.map((event) => `event: ${'type' in event ? event.type : ''}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );

const START = { type: 'message_start', message: { id: 'm', role: 'assistant' } };
const stop = (reason: string) => [
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: reason } },
  { type: 'message_stop' },
];

/** The deltas of each type for a piece of text. */
const KINDS = {
  text: (text: string) => ({ type: 'text_delta', text }),
  thinking: (thinking: string) => ({ type: 'thinking_delta', thinking }),
  'tool input': (partial_json: string) => ({ type: 'input_json_delta', partial_json }),
  'a kind that is not known': (body: string) => ({ type: 'novel_delta', part: 1, body }),
};
type Kind = keyof typeof KINDS;
const kinds = fc.constantFrom(...(Object.keys(KINDS) as Kind[]));

function stream(kind: Kind, pieces: readonly string[], end: readonly object[]): Buffer {
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'some' } };
  const deltas = pieces.map((piece) => ({ type: 'content_block_delta', index: 0, delta: KINDS[kind](piece) }));
  return sse(START, block, ...deltas, ...end);
}

function reply(bytes: Buffer, cut: boolean, type = 'text/event-stream') {
  const redactor = createRedactor(Buffer.from('key'));
  redactor.learnHeaders([['cookie', `session=${COOKIE}`]]);
  const safe = safeBody({ bytes, encodings: [], kind: 'messages', cut }, redactor, 1e6);
  const headers: HeaderList = [['content-type', type]];
  return readReply('messages', { status: 200, reason: 'OK', httpVersion: '1.1', headers }, safe, redactor);
}

/** The longest run of the secret's characters that can be read in what is stored, as it is or in pieces. */
function leaked({ message, body }: ReturnType<typeof reply>, secret: string): number {
  const deltas = parseSse(body.bytes).flatMap(({ data }) => {
    const event = parseJson(data);
    return isRecord(event) && isRecord(event.delta) ? [event.delta] : [];
  });
  const told = deltas.map(({ text, thinking, partial_json, body: other }) =>
    [text, thinking, partial_json, other].filter((piece) => typeof piece === 'string').join(''),
  );
  const readable = `${body.bytes}\n${told.join('')}\n${JSON.stringify(message)}`;
  for (let length = secret.length; length > 0; length--) {
    for (let start = 0; start + length <= secret.length; start++) {
      if (readable.includes(secret.slice(start, start + length))) return length;
    }
  }
  return 0;
}

/** Cuts a text into pieces of any length. */
const piecesOf = (text: string) =>
  fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 5 }).map((borders) => {
    const sorted = [0, ...[...new Set(borders)].sort((a, b) => a - b), text.length];
    return sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
  });

describe('a reply with the wrong label', () => {
  it('is read as the stream, or the error, that it is', () => {
    const stream = sse(START, {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'text', text: 'hello' },
    });
    expect(reply(stream, false, 'text/plain')).toMatchObject({
      streamed: true,
      message: { content: [{ text: 'hello' }] },
    });
    const error = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
    expect(reply(error, false)).toMatchObject({ streamed: false, error: expect.stringContaining('Overloaded') });
  });
});

describe('a reply that ends inside a secret', () => {
  const told = fc
    .constantFrom(COOKIE, UNSEEN_KEY)
    .chain((secret) =>
      fc
        .integer({ min: 16, max: secret.length - 1 })
        .chain((length) => fc.record({ secret: fc.constant(secret), pieces: piecesOf(secret.slice(0, length)) })),
    );

  it.each(['max_tokens', 'stop_sequence', 'refusal'])('by %s keeps nothing of it', (reason) => {
    fc.assert(
      fc.property(told, kinds, ({ secret, pieces }, kind) => {
        const stored = reply(stream(kind, ['here: ', ...pieces], stop(reason)), false);
        expect(leaked(stored, secret)).toBeLessThan(8);
        expect(stored.body.redacted).toBe(true);
        expect(JSON.stringify(stored.message)).toContain('here: [redacted');
      }),
      { numRuns: 40 },
    );
  });

  it('since it was interrupted, at any byte, keeps too little of it to be of use', () => {
    fc.assert(
      fc.property(told, kinds, fc.nat(), ({ secret, pieces }, kind, at) => {
        const whole = stream(kind, ['here: ', ...pieces], []);
        const start = whole.indexOf('here: ');
        const cut = whole.subarray(0, start + (at % (whole.length - start + 1)));
        expect(leaked(reply(cut, true), secret)).toBeLessThan(8);
      }),
      { numRuns: 200 },
    );
  });

  it('in one JSON document keeps nothing of it', () => {
    const message = (text: string, stop_reason: string) =>
      Buffer.from(JSON.stringify({ type: 'message', content: [{ type: 'text', text }, { n: 1 }], stop_reason }));
    const stored = reply(message(`it is ${COOKIE.slice(0, 45)}`, 'max_tokens'), false, 'application/json');
    expect(leaked(stored, COOKIE)).toBeLessThan(8);
    const text = expect.stringMatching(/^it is \[redacted:[0-9a-f]{16}\]$/);
    expect(JSON.parse(`${stored.body.bytes}`).content).toEqual([{ type: 'text', text }, { n: 1 }]);
    expect(stored.message?.content[0]).toEqual({ type: 'text', text });
  });
});

describe('a whole reply', () => {
  it('loses a secret that any kind of delta has in pieces, and nothing else', () => {
    fc.assert(
      fc.property(piecesOf(COOKIE), kinds, (pieces, kind) => {
        const stored = reply(stream(kind, ['"here: ', ...pieces, ' it is"'], stop('end_turn')), false);
        expect(leaked(stored, COOKIE)).toBeLessThan(8);
        expect(JSON.stringify(stored.message)).toMatch(/here: \[redacted:[0-9a-f]{16}\] it is/);
        expect(stored.message).toMatchObject({ complete: true, stopReason: 'end_turn' });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps its exact bytes where its end only looks like the beginning of a secret', () => {
    const bytes = stream(
      'text',
      ['keys begin with ', 'sk-ant-api03-', ' and cookies with ', 'Zm9vYmFy'],
      stop('end_turn'),
    );
    expect(reply(bytes, false).body).toMatchObject({ bytes, redacted: false });
  });

  it('keeps other fields of deltas of unknown types', () => {
    const bytes = stream('a kind that is not known', [COOKIE.slice(0, 9), COOKIE.slice(9)], stop('end_turn'));
    const [block] = reply(bytes, false).message?.content ?? [];
    expect(block?.unknown_deltas).toEqual([
      { type: 'novel_delta', part: 1, body: expect.stringMatching(/^\[redacted:/) },
      { type: 'novel_delta', part: 1, body: '' },
    ]);
  });
});
