import { createThrottle } from '../../base/throttle.js';
import { requestId } from '../../model/ids.js';
import type { AnswerProgress } from '../../model/progress.js';
import type { Recorder } from '../recorder.js';
import { HIDDEN, type Redactor } from '../redact/redactor.js';
import { type AnswerReader, createAnswerReader } from './answer-reader.js';

/** Fast enough for a person to see words appear. */
const INTERVAL_MS = 100;

export interface ProgressFollower {
  /** Starts with what is already there. */
  watch(watched: boolean): void;
  /** There are more bytes of this answer. Costs next to nothing. */
  touch(exchange: string): void;
  /** This exchange has ended. */
  drop(exchange: string): void;
}

export interface FollowerOptions {
  recorder: Pick<Recorder, 'answerSoFar' | 'openExchanges'>;
  redactor: Pick<Redactor, 'growing'>;
  /** Rules may redact texts of answers, which is known only when they are whole: only their sizes are passed on. Default: no. */
  hidesTexts?: boolean;
  /** Wraps each read, which may never return. */
  onRead?: (exchange: string, read: () => void) => void;
  /** Called with the answers that grew since the last call, at most ten times a second. */
  onGrown: (answers: AnswerProgress[]) => void;
  /** Nothing is followed after this. */
  onFailed: (error: unknown) => void;
}

interface Followed {
  /** Number of chunks that were read. */
  read: number;
  /** Null: not a stream of events. */
  reader: AnswerReader | null;
}

/**
 * Follows answers while they are received, for a person who watches. It reads what the recorder has collected a second time, each
 * byte once, so nothing that is captured depends on it.
 */
export function createProgressFollower({
  recorder,
  redactor,
  hidesTexts = false,
  onRead = (_, read) => read(),
  onGrown,
  onFailed,
}: FollowerOptions): ProgressFollower {
  const followed = new Map<string, Followed>();
  const touched = new Set<string>();
  const grown = new Set<string>();
  const clean = (text: string): string => (hidesTexts && text !== '' ? HIDDEN : redactor.growing(text));
  let watched = false;
  let failed = false;
  const reading = createThrottle(
    INTERVAL_MS,
    guarded(() => {
      for (const exchange of touched) onRead(exchange, () => read(exchange));
      touched.clear();
    }),
  );
  const telling = createThrottle(
    INTERVAL_MS,
    guarded(() => {
      const answers = [...grown].flatMap((exchange): AnswerProgress[] => {
        const reader = followed.get(exchange)?.reader;
        return reader ? [{ id: requestId(exchange), ...reader.soFar(clean) }] : [];
      });
      grown.clear();
      if (answers.length > 0) onGrown(answers);
    }),
  );

  function fail(error: unknown): void {
    if (failed) return;
    failed = true;
    forget();
    onFailed(error);
  }

  function guarded(work: () => void): () => void {
    return () => {
      try {
        work();
      } catch (error) {
        fail(error);
      }
    };
  }

  function read(exchange: string): void {
    const answer = recorder.answerSoFar(exchange);
    if (answer === null) return;
    const follow = followed.get(exchange) ?? {
      read: 0,
      reader: createAnswerReader(answer.headers, {
        onGrown() {
          grown.add(exchange);
          telling.request();
        },
        onFailed: fail,
      }),
    };
    followed.set(exchange, follow);
    const news = answer.chunks.slice(follow.read);
    follow.read = answer.chunks.length;
    follow.reader?.push(Buffer.concat(news.map(({ bytes }) => bytes)));
  }

  function drop(exchange: string): void {
    touched.delete(exchange);
    grown.delete(exchange);
    followed.get(exchange)?.reader?.close();
    followed.delete(exchange);
  }

  function forget(): void {
    reading.stop();
    telling.stop();
    for (const exchange of [...followed.keys(), ...touched]) drop(exchange);
  }

  function touch(exchange: string): void {
    if (!watched || failed) return;
    touched.add(exchange);
    reading.request();
  }

  return {
    touch,
    drop,
    watch(on) {
      if (on === watched) return;
      watched = on;
      if (!on) forget();
      else for (const exchange of recorder.openExchanges()) touch(exchange);
    },
  };
}
