import { TooComplexError } from '../../base/json.js';
import type { HeaderList } from '../../model/exchange.js';
import type { AnswerProgress } from '../../model/progress.js';
import { createSseParser, createStreamDecoder, DEFAULT_DECODED_LIMIT, encodingsOf } from '../../wire/index.js';
import { header } from '../exchange/claude-ids.js';
import { createGrowingAnswer } from './growing-answer.js';

/** Characters of one event: nothing that the API sends is as long, and the parser holds it all. */
const MAX_EVENT_LENGTH = 2 * 1024 * 1024;

/** Reads a stream while it comes. What it cannot read it leaves at what it was. */
export interface AnswerReader {
  push(bytes: Uint8Array): void;
  soFar(clean: (text: string) => string): Omit<AnswerProgress, 'id'>;
  close(): void;
}

export interface ReaderEvents {
  /** There is more, at once or soon after a `push`. */
  onGrown(): void;
  /** It ends here, by a fault of ours. */
  onFailed(error: unknown): void;
}

/** @returns null for an answer in one piece. What else is no stream of events never grows: gateways label streams as they like. */
export function createAnswerReader(headers: HeaderList, { onGrown, onFailed }: ReaderEvents): AnswerReader | null {
  if (header(headers, 'content-type')?.toLowerCase().startsWith('application/json')) return null;
  const answer = createGrowingAnswer();
  let decoded = 0;
  const sse = createSseParser(answer.add, MAX_EVENT_LENGTH);
  const decoder = createStreamDecoder(encodingsOf(headers), {
    onBytes(bytes) {
      decoded += bytes.length;
      if (decoded > DEFAULT_DECODED_LIMIT) decoder.close();
      try {
        sse.push(bytes);
        onGrown();
      } catch (error) {
        decoder.close();
        if (!(error instanceof TooComplexError)) onFailed(error);
      }
    },
    // What was read stays. Capture reads the answer again when it is whole, and then tells what is wrong with it.
    onFailed() {},
  });
  return { push: decoder.push, soFar: answer.soFar, close: decoder.close };
}
