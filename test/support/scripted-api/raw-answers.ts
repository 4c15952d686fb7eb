import { gzipSync } from 'node:zlib';
import type { Script } from '../../../src/scripted/scripted-api.js';

/**
 * Answers of `/v1/messages` as bytes on the wire, with their ends and expected results: streams that end early, errors of
 * gateways, bills with more than tokens. The request names the answer in its prompt.
 */
export interface RawAnswer {
  wire: Buffer;
  /** How the exchange ends. */
  state: 'complete' | 'aborted' | 'cut_off' | 'failed';
  output: 'exact' | 'estimated' | 'unknown';
  /** The client closes after this many bytes of the body. */
  stopAfter?: number;
  /** How the connection ends behind the bytes. Default: it stays open. */
  ending?: 'cut' | 'reset';
}

type Fields = Record<string, unknown>;

const event = (type: string, data: Fields) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

const messageStart = (model: string, usage: unknown) =>
  event('message_start', {
    message: { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, usage },
  });

const block = (index: number, start: Fields, deltas: readonly Fields[]) =>
  event('content_block_start', { index, content_block: start }) +
  deltas.map((delta) => event('content_block_delta', { index, delta })).join('');

const textBlock = (index: number, words: readonly string[]) =>
  block(
    index,
    { type: 'text', text: '' },
    words.map((text) => ({ type: 'text_delta', text })),
  );

const messageEnd = (usage: unknown) =>
  event('content_block_stop', { index: 0 }) +
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }) +
  event('message_stop', {});

const head = (status: string, headers: readonly string[]) => `HTTP/1.1 ${status}\r\n${headers.join('\r\n')}\r\n\r\n`;

const chunked = (body: string) =>
  head('200 OK', ['content-type: text/event-stream; charset=utf-8', 'transfer-encoding: chunked']) +
  (body === '' ? '' : `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`);

/** Whole, as HTTP wants it. */
const stream = (body: string) => Buffer.from(`${chunked(body)}0\r\n\r\n`);
const gzipped = (body: string, share: number, length?: number) => {
  const bytes = gzipSync(body);
  const sent = bytes.subarray(0, Math.floor(bytes.length * share));
  const headers = [
    'content-type: text/event-stream',
    'content-encoding: gzip',
    `content-length: ${length ?? sent.length}`,
  ];
  return Buffer.concat([Buffer.from(head('200 OK', headers)), sent]);
};
const unfinished = (body: string) => Buffer.from(chunked(body));

const plain = (status: string, type: string, body: string) =>
  Buffer.from(head(status, [`content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`]) + body);

const words = (count: number) => Array.from({ length: count }, (_, n) => `word number ${n} of a long answer; `);
const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

/** @param model that the answers name */
export function rawAnswers(model: string): Readonly<Record<string, RawAnswer>> {
  const long = messageStart(model, { input_tokens: 1000, output_tokens: 1 }) + textBlock(0, words(400));
  const begun = messageStart(model, { input_tokens: 20, output_tokens: 1 });
  const json = JSON.stringify({
    id: 'msg_2',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: words(200).join('') }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 70, output_tokens: 900 },
  });
  return {
    whole: {
      wire: stream(begun + textBlock(0, ['Hello.']) + messageEnd({ output_tokens: 3 })),
      state: 'complete',
      output: 'exact',
    },
    wholeJson: { wire: plain('200 OK', 'application/json', json), state: 'complete', output: 'exact' },
    mislabelled: {
      wire: plain(
        '200 OK',
        'text/plain; charset=utf-8',
        begun + textBlock(0, ['x']) + messageEnd({ output_tokens: 300 }),
      ),
      state: 'complete',
      output: 'exact',
    },
    advisor: {
      wire: stream(
        messageStart(model, { input_tokens: 412, output_tokens: 1 }) +
          textBlock(0, ['x']) +
          messageEnd({
            output_tokens: 531,
            iterations: [
              { type: 'message', input_tokens: 412, output_tokens: 89 },
              { type: 'advisor_message', model: 'claude-opus-4-6', input_tokens: 82_300, output_tokens: 1612 },
              { type: 'message', input_tokens: 1348, cache_read_input_tokens: 412, output_tokens: 442 },
            ],
          }),
      ),
      state: 'complete',
      output: 'exact',
    },
    usOnly: {
      wire: stream(
        messageStart(model, {
          input_tokens: 100_000,
          output_tokens: 1,
          inference_geo: 'us',
          service_tier: 'standard',
        }) +
          textBlock(0, ['x']) +
          messageEnd({ output_tokens: 1000 }),
      ),
      state: 'complete',
      output: 'exact',
    },
    priority: {
      wire: stream(
        messageStart(model, { input_tokens: 10, output_tokens: 1, service_tier: 'priority' }) +
          textBlock(0, ['x']) +
          messageEnd({ output_tokens: 5 }),
      ),
      state: 'complete',
      output: 'exact',
    },
    stoppedByClient: { wire: unfinished(long), state: 'aborted', output: 'estimated', stopAfter: 20_000 },
    stoppedAtStart: { wire: unfinished(begun), state: 'aborted', output: 'estimated', stopAfter: 10 },
    endsWithoutStop: { wire: stream(long), state: 'cut_off', output: 'estimated' },
    endsAfterItsBill: {
      wire: stream(
        begun + textBlock(0, words(9)) + event('message_delta', { delta: {}, usage: { output_tokens: 80 } }),
      ),
      state: 'cut_off',
      output: 'exact',
    },
    billOfNulls: {
      wire: stream(messageStart(model, { input_tokens: null, output_tokens: null }) + textBlock(0, words(9))),
      state: 'cut_off',
      output: 'estimated',
    },
    resetInside: { wire: unfinished(long), state: 'cut_off', output: 'estimated', ending: 'reset' },
    closedInside: { wire: unfinished(long), state: 'cut_off', output: 'estimated', ending: 'cut' },
    gzipCutInside: { wire: gzipped(long, 0.5, 100_000), state: 'cut_off', output: 'estimated', ending: 'cut' },
    gzipEndsEarly: { wire: gzipped(long, 0.5), state: 'cut_off', output: 'estimated' },
    jsonCutInside: {
      wire: plain('200 OK', 'application/json', json).subarray(0, 900),
      state: 'cut_off',
      output: 'unknown',
      ending: 'cut',
    },
    errorInsideStream: {
      wire: stream(begun + textBlock(0, ['partial']) + event('error', error)),
      state: 'failed',
      output: 'estimated',
    },
    errorLabelledStream: {
      wire: plain('200 OK', 'text/event-stream', JSON.stringify(error)),
      state: 'failed',
      output: 'unknown',
    },
    emptyStream: { wire: stream(''), state: 'failed', output: 'unknown' },
    pageInsteadOfAnswer: {
      wire: plain('200 OK', 'text/html', '<html><title>Sign in</title></html>'),
      state: 'failed',
      output: 'unknown',
    },
    gateway502: {
      wire: plain('502 Bad Gateway', 'text/html', '<html><title>502</title></html>'),
      state: 'failed',
      output: 'unknown',
    },
    gateway429: {
      wire: plain('429 Too Many Requests', 'text/plain', 'upstream connect error'),
      state: 'failed',
      output: 'unknown',
    },
    foreign403: {
      wire: plain('403 Forbidden', 'application/json', JSON.stringify({ message: 'The security token is invalid.' })),
      state: 'failed',
      output: 'unknown',
    },
    redirected: {
      wire: Buffer.from(head('302 Found', ['location: /login', 'content-length: 0'])),
      state: 'failed',
      output: 'unknown',
    },
    resetBeforeAnswer: { wire: Buffer.alloc(0), state: 'failed', output: 'unknown', ending: 'reset' },
  };
}

/** Answers each request with the bytes that its prompt names. */
export function answerRaw(answers: Readonly<Record<string, RawAnswer>>): Script {
  return ({ body }) => {
    const { messages } = JSON.parse(body.toString());
    const answer = answers[messages[0].content];
    if (answer === undefined) throw new Error(`no answer is called ${messages[0].content}`);
    const { wire, ending } = answer;
    return { status: 200, headers: {}, body: '', wire, ...(ending && { ending }) };
  };
}
