import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createGrowingAnswer } from '../../src/capture/progress/growing-answer.js';
import { createRecorder } from '../../src/capture/recorder.js';
import { createRedactor } from '../../src/capture/redact/redactor.js';
import type { CapturedResponse, HeaderList } from '../../src/model/exchange.js';

const MB = 1024 * 1024;

/** What is captured of an answer, and of a plain one after it. */
function captured(content: string | Buffer, type: string): CapturedResponse[] {
  const responses: CapturedResponse[] = [];
  const recorder = createRecorder({
    runId: 'run_1',
    redactor: createRedactor(Buffer.from('key')),
    onRequest: () => {},
    onEnd: (_, response) => responses.push(response),
  });
  const answer = (exchange: string, body: Buffer, headers: HeaderList) => {
    const common = { exchange, at: 1 } as const;
    const head = { host: 'api.test', port: 443, scheme: 'https', httpVersion: '1.1' } as const;
    recorder.handle({ ...common, ...head, type: 'request_head', method: 'POST', target: '/v1/messages', headers: [] });
    recorder.handle({ ...common, type: 'request_end', size: 0, truncated: false });
    recorder.handle({ ...common, type: 'response_head', status: 200, reason: 'OK', httpVersion: '1.1', headers });
    recorder.handle({ ...common, type: 'response_body', bytes: body });
    recorder.handle({ ...common, type: 'response_end', size: body.length, truncated: false });
    const settlement = { outcome: 'complete', error: null, degraded: null, forwarded: 1, delivered: 1 } as const;
    recorder.handle({ ...common, ...settlement, type: 'settled' });
  };
  const packed = gzipSync(content, { level: 1 });
  answer('hostile', packed, [
    ['content-type', type],
    ['content-encoding', 'gzip'],
  ]);
  answer('plain', Buffer.from(message('[{"type":"text","text":"Hello"}]')), [['content-type', 'application/json']]);
  return responses;
}

const message = (content: string) =>
  `{"type":"message","role":"assistant","stop_reason":"end_turn","content":${content}}`;
const repeated = (piece: string, count: number, end = '') => message(`[${piece.repeat(count)}${end}]`);
const numbered = (count: number, field: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => field(n)).join(',');

describe('an answer that would take gigabytes to read is stored unread, and marked', () => {
  it.each([
    ['127 MB of empty objects', () => repeated('{},', (127 * MB) / 3, '{}')],
    ['a million blocks', () => repeated('{"type":"text","text":""},', 1_000_000, '{}')],
    ['deeply nested arrays', () => message('['.repeat(20 * MB) + ']'.repeat(20 * MB))],
    ['deeply nested objects, not closed', () => `${message('{"a":'.repeat(2 * MB))}`],
    ['a million names', () => message(`{${numbered(1_000_000, (n) => `"k${n}":1`)}}`)],
    ['one name a million times', () => message(`{${numbered(1_000_000, () => '"k":{}')}}`)],
    ['numbers, behind a string with quotes', () => message(`["\\"\\\\",${numbered(2_000_000, () => '1')}]`)],
  ])('%s', (_, content) => {
    const [hostile, next] = captured(content(), 'application/json');
    expect(hostile).toMatchObject({ state: 'complete', message: null });
    expect(hostile?.degraded).toMatch(
      /^the response has more than 1000000 JSON values: it is stored, but was not read$/,
    );
    expect(hostile?.body.redacted).toBe(false);
    expect(next?.message?.content).toEqual([{ type: 'text', text: 'Hello' }]);
  });

  it.each([
    ['events of one byte', () => 'data:1\n\n'.repeat(2_000_000)],
    ['blocks', () => 'data:{"type":"content_block_start"}\n\n'.repeat(600_000)],
    ['values in few events', () => `data:[${'{},'.repeat(600_000)}1]\n\n`.repeat(3)],
  ])('a stream with too many %s', (_, content) => {
    const [hostile, next] = captured(content(), 'text/event-stream');
    expect(hostile).toMatchObject({ state: 'complete', message: null, usage: null });
    expect(hostile?.degraded).toMatch(
      /^the stream has more than 500000 events or 1000000 JSON values: the body is not/,
    );
    expect(next?.message?.content).toHaveLength(1);
  });
});

describe('an answer that is only large is read', () => {
  it('with megabytes of base64 and of commas in its text', () => {
    const text = `${'A'.repeat(30 * MB)}${',[{:'.repeat(5 * MB)}`;
    const [large] = captured(message(`[{"type":"text","text":"${text}"}]`), 'application/json');
    expect(large?.degraded).toBeNull();
    expect(large?.message?.content[0]?.text === text).toBe(true);
  });

  it('with names that have a meaning in JavaScript', () => {
    const blocks = '[{"type":"text","text":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]';
    const [odd] = captured(message(blocks), 'application/json');
    expect(odd?.message?.content).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('but texts to show and group by are short', () => {
    const error = JSON.stringify({ type: 'error', error: { type: 'e', message: 'm'.repeat(MB) } });
    const [failed] = captured(error, 'application/json');
    expect(failed?.error).toHaveLength(4_001);
  });
});

it('of a growing answer the latest blocks are shown, each with a short name', () => {
  const answer = createGrowingAnswer();
  for (let index = 0; index < 10_000; index++) {
    const start = { type: 'content_block_start', index, content_block: { type: 'tool_use', name: 'n'.repeat(1_000) } };
    answer.add({ event: 'message', data: JSON.stringify(start) });
  }
  const { blocks, isCut } = answer.soFar((text) => text);
  expect(isCut).toBe(true);
  expect(blocks).toHaveLength(64);
  expect(blocks[0]?.name?.length).toBeLessThan(300);
});
