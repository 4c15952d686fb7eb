import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProgressFollower } from '../../../src/capture/progress/progress-follower.js';
import { createRecorder } from '../../../src/capture/recorder.js';
import { createRedactor } from '../../../src/capture/redact/redactor.js';
import type { CapturedResponse, HeaderList } from '../../../src/model/exchange.js';
import type { AnswerProgress } from '../../../src/model/progress.js';
import { untilTrue } from '../../support/product.js';

const TOKEN = 'sk-test-0123456789abcdefghij';

/** A recorder, and who follows it. */
function following() {
  const redactor = createRedactor(Buffer.from('key'));
  const stored: CapturedResponse[] = [];
  const recorder = createRecorder({
    runId: 'run_1',
    redactor,
    onRequest() {},
    onEnd: (_, response) => void stored.push(response),
  });
  const told: AnswerProgress[][] = [];
  const failures: unknown[] = [];
  const follower = createProgressFollower({
    recorder,
    redactor,
    onGrown: (answers) => void told.push(answers),
    onFailed: (error) => void failures.push(error),
  });
  onTestFinished(() => follower.watch(false));
  const response = (exchange: string, headers: HeaderList = []) =>
    recorder.handle({
      type: 'response_head',
      exchange,
      status: 200,
      reason: 'OK',
      httpVersion: '1.1',
      headers: [['content-type', 'text/event-stream'], ...headers],
      at: 2,
    });
  return {
    follower,
    told,
    failures,
    stored,
    last: (exchange: string) => told.flat().findLast(({ id }) => id === `req_${exchange}`),
    open(exchange: string, headers: HeaderList = [], target = '/v1/messages') {
      recorder.handle({
        type: 'request_head',
        exchange,
        host: 'api.anthropic.com',
        port: 443,
        scheme: 'https',
        method: 'POST',
        target,
        httpVersion: '1.1',
        headers: [['authorization', `Bearer ${TOKEN}`]],
        at: 1,
      });
      recorder.handle({ type: 'request_end', exchange, size: 0, truncated: false, at: 1 });
      response(exchange, headers);
    },
    body(exchange: string, bytes: Uint8Array) {
      recorder.handle({ type: 'response_body', exchange, bytes, at: 3 });
      follower.touch(exchange);
    },
    settle(exchange: string) {
      recorder.handle({
        type: 'settled',
        exchange,
        outcome: 'complete',
        error: null,
        degraded: null,
        forwarded: 1,
        delivered: 4,
        at: 4,
      });
      follower.drop(exchange);
    },
  };
}

const event = (fields: Record<string, unknown>) => `data: ${JSON.stringify(fields)}\n\n`;
const BEGIN = event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
const says = (text: string) => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const bytes = (...events: string[]) => Buffer.from(events.join(''));

/** Longer than it takes to tell. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 250));

describe('createProgressFollower', () => {
  it('tells how far each answer is, and only while somebody watches', async () => {
    const { follower, told, last, open, body, settle } = following();
    open('a');
    body('a', bytes(BEGIN, says('nobody looks')));
    await aWhile();
    expect(told).toEqual([]);

    follower.watch(true);
    await untilTrue(() => last('a')?.characters === 12);
    open('b');
    body('b', bytes(BEGIN, says('two')));
    body('a', bytes(says(', now they do')));
    await untilTrue(() => last('a')?.characters === 25 && last('b')?.characters === 3);
    expect(last('a')?.blocks).toEqual([{ type: 'text', name: null, text: 'nobody looks, now they do' }]);

    follower.watch(false);
    const before = told.length;
    body('a', bytes(says('!')));
    settle('a');
    await aWhile();
    expect(told).toHaveLength(before);
  });

  it('tells of many pieces together', async () => {
    const { follower, told, last, open, body } = following();
    follower.watch(true);
    open('a');
    body('a', bytes(BEGIN));
    for (let piece = 0; piece < 500; piece += 1) body('a', bytes(says('x')));
    await untilTrue(() => last('a')?.characters === 500);
    expect(told.length).toBeLessThanOrEqual(3);
  });

  it('reads on in compressed answers', async () => {
    const { follower, last, open, body } = following();
    follower.watch(true);
    open('a', [['content-encoding', 'gzip']]);
    const gzip = createGzip();
    gzip.on('data', (chunk: Buffer) => body('a', chunk));
    const send = (text: string) =>
      new Promise<void>((resolve) => {
        gzip.write(text);
        gzip.flush(resolve);
      });
    await send(BEGIN + says('first'));
    await expect.poll(() => last('a')?.characters).toBe(5);
    await send(says(' and second'));
    await expect.poll(() => last('a')?.characters).toBe(16);
  });

  it('shows no secret, not even while it comes in pieces, and leaves what is stored as it would be', async () => {
    const watched = following();
    const alone = following();
    watched.follower.watch(true);
    const pieces = ['the token is ', ...TOKEN, ' as you see, ', TOKEN.slice(0, 22)];
    for (const { open, body } of [watched, alone]) {
      open('a');
      body('a', bytes(BEGIN));
      for (const piece of pieces) {
        body('a', bytes(says(piece)));
        if (piece.length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await untilTrue(() => watched.last('a')?.characters === pieces.join('').length);
    for (const { blocks } of watched.told.flat()) {
      expect(JSON.stringify(blocks)).not.toContain(TOKEN.slice(0, 10));
    }
    expect(watched.last('a')?.blocks[0]?.text).toMatch(/^the token is \[redacted:\w+\] as you see, \[redacted:\w+\]$/);
    for (const { body, settle } of [watched, alone]) {
      body('a', bytes(says(TOKEN.slice(22)), event({ type: 'message_stop' })));
      settle('a');
    }
    expect(watched.stored[0]?.body.bytes).toEqual(alone.stored[0]?.body.bytes);
  });

  it('says nothing of answers that are no streams, corrupt, or none of the Messages API', async () => {
    const { follower, told, failures, stored, last, open, body, settle } = following();
    follower.watch(true);
    open('corrupt', [['content-encoding', 'gzip']]);
    body('corrupt', Buffer.from('no gzip at all, whatever the header says'));
    open('other', [], '/v1/files');
    body('other', bytes(BEGIN, says('x')));
    open('unknown', [['content-encoding', 'rot13']]);
    body('unknown', bytes(BEGIN, says('x')));
    open('cut', [['content-encoding', 'gzip']]);
    const whole = gzipSync(bytes(BEGIN, says('as far as it comes')));
    body('cut', whole.subarray(0, -12));
    open('good');
    body('good', bytes(BEGIN, says('x')));
    await untilTrue(() => last('good')?.characters === 1);
    await aWhile();
    expect(new Set(told.flat().map(({ id }) => id))).toEqual(new Set(['req_good', 'req_cut']));
    for (const exchange of ['corrupt', 'other', 'unknown', 'cut', 'good']) settle(exchange);
    expect(stored).toHaveLength(5);
    expect(failures).toEqual([]);
  });

  it('ends with the first fault of its own, and says which', async () => {
    const failures: unknown[] = [];
    const follower = createProgressFollower({
      recorder: {
        openExchanges: () => [],
        answerSoFar() {
          throw new Error('a fault');
        },
      },
      redactor: { growing: (text) => text },
      onGrown() {},
      onFailed: (error) => void failures.push(error),
    });
    follower.watch(true);
    follower.touch('a');
    await untilTrue(() => failures.length > 0);
    follower.touch('a');
    await aWhile();
    expect(failures).toEqual([new Error('a fault')]);
  });
});
