import { setImmediate as rest, setTimeout } from 'node:timers/promises';
import type { McpEra } from '../../model/mcp.js';
import type { TapeHead } from '../../model/tape.js';
import type { RpcMessage } from '../messages/read-messages.js';
import type { FrameLine } from '../tape/read-tape.js';
import { subjectOf } from './comparable.js';
import type { RecordedTape } from './kept-frames.js';
import { TapeIndex } from './tape-index.js';
import { TapeReading } from './tape-reading.js';

/** Legacy if the tape does not say: its server never answered. */
export function eraOf({ era }: TapeHead): McpEra {
  return era ?? 'legacy';
}

/** How long tapes are read before other work gets a turn. */
const WORK_MS = 10;

/** Small tapes are read whole before anything is answered, so that damaged ones are refused. */
const PATIENCE_MS = 300;

const MAX_LABELS = 20;
const MAX_LABEL_LENGTH = 200;
const MAX_METHODS = 1_000;

/** Tapes of one server. They are played while they are read. */
export class Recording {
  readonly tapes: readonly TapeIndex[];
  /** Some of the recorded requests (`tools/call find`), and how often each was sent. */
  readonly requests = new Map<string, number>();
  /** Methods of recorded requests. */
  readonly methods = new Set<string>();
  /** Resolves when all tapes were read. @throws TapeError, UnreadableTapeError; Error if messages cannot be kept */
  readonly whole: Promise<void>;
  #isWhole = false;
  #isClosed = false;
  #wake: () => void = () => {};
  #more: Promise<void> = Promise.resolve();

  constructor(tapes: readonly RecordedTape[]) {
    this.tapes = tapes.map(({ head, file }) => new TapeIndex(head, file));
    this.#wait();
    this.whole = this.#read(tapes);
    // After an error, waiting callers wait forever; `whole` says why.
    this.whole.catch(() => {});
  }

  get heads(): TapeHead[] {
    return this.tapes.map(({ head }) => head);
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Resolves when more was read; never if a tape cannot be read. Waiting callers resume in their order. */
  more(): Promise<void> {
    return this.#more;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const tape of this.tapes) tape.close();
  }

  async #read(tapes: readonly RecordedTape[]): Promise<void> {
    let rested = performance.now();
    for (const [index, tape] of tapes.entries()) {
      const to = this.tapes[index];
      if (to === undefined) continue;
      const reading = new TapeReading(to, (request) => this.#count(request));
      for await (const batch of batchesOf(tape)) {
        for (const each of batch) {
          if (this.#isClosed) return;
          reading.take(each.frame, each);
          if (performance.now() - rested < WORK_MS) continue;
          this.#wait();
          await rest();
          rested = performance.now();
        }
      }
      reading.end();
    }
    this.#isWhole = true;
    this.#wait();
  }

  /** Resumes the callers that wait for more. */
  #wait(): void {
    const wake = this.#wake;
    this.#more = new Promise((resolve) => {
      this.#wake = resolve;
    });
    wake();
  }

  #count({ method, body }: RpcMessage): void {
    if (this.methods.size < MAX_METHODS) this.methods.add(shortened(method ?? ''));
    const label = labelOf(method ?? '', subjectOf(body));
    const known = this.requests.get(label);
    if (known !== undefined || this.requests.size < MAX_LABELS) this.requests.set(label, (known ?? 0) + 1);
  }
}

/**
 * Begins to read tapes of one server, whose messages are kept in files. Resolves when they were read, or after 0.3 s.
 * @throws TapeError, UnreadableTapeError; Error when messages cannot be kept
 */
export async function openRecording(tapes: readonly RecordedTape[]): Promise<Recording> {
  const recording = new Recording(tapes);
  const patience = new AbortController();
  const { signal } = patience;
  try {
    await Promise.race([recording.whole, setTimeout(PATIENCE_MS, undefined, { signal, ref: false })]);
    return recording;
  } catch (error) {
    recording.close();
    throw error;
  } finally {
    patience.abort();
  }
}

/** `tools/call find`, shortened. */
export function labelOf(method: string, name: string | null): string {
  return name === null ? shortened(method) : `${shortened(method)} ${shortened(name)}`;
}

function shortened(text: string): string {
  return text.length <= MAX_LABEL_LENGTH ? text : `${text.slice(0, MAX_LABEL_LENGTH)}…`;
}

type Entry = Omit<FrameLine, 'line'> & { line: FrameLine['line'] | null };

async function* batchesOf({ frames, batches }: RecordedTape): AsyncGenerator<Entry[]> {
  if (batches !== undefined) yield* batches;
  else for await (const frame of frames) yield [{ frame, line: null, message: undefined }];
}
