import { TooComplexError } from '../../base/json-limits.js';
import type { HeaderList } from '../../model/exchange.js';
import type { AnswerProgress } from '../../model/progress.js';
import { createSseParser, createStreamDecoder, DEFAULT_DECODED_LIMIT, encodingsOf } from '../../wire/index.js';
import { header } from '../exchange/claude-ids.js';
import { createGrowingAnswer } from './growing-answer.js';

/** Characters of one event, which the parser holds in memory. The API sends none that is as long. */
const MAX_EVENT_LENGTH = 2 * 1024 * 1024;

/** Reads a stream while it is received. At bytes that it cannot read, the answer stays as it is. */
export interface AnswerReader {
  push(bytes: Uint8Array): void;
  soFar(clean: (text: string) => string): Omit<AnswerProgress, 'id'>;
  close(): void;
}

export interface ReaderEvents {
  /** There is more of the answer, at once or soon after a `push`. */
  onGrown(): void;
  /** An error of ours: nothing more is read. */
  onFailed(error: unknown): void;
}

/** @returns null for a JSON document. Gateways label streams as they like, so any other answer is read; without events it never grows. */
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
    // What was read stays. The recorder reads the whole answer again, and reports what is wrong with it.
    onFailed() {},
  });
  return { push: decoder.push, soFar: answer.soFar, close: decoder.close };
}
