import { setImmediate as rest } from 'node:timers/promises';
import { describeError } from '../../base/error-text.js';
import { RecentMap } from '../../base/recent-map.js';
import type { TapeFrame, TapeHead } from '../../model/tape.js';
import { readTape } from '../tape/index.js';
import { type FrameSummary, frameIds, summarizeFrame } from './frame-summary.js';
import { GrowingNumbers } from './growing-numbers.js';
import { KeptFrames } from './kept-frames.js';

/**
 * A tape whose frames are found by number and by time. Memory holds some numbers for each frame; the frames themselves are read
 * from the file when they are asked for. It grows while the file is read.
 */
export interface IndexedTape {
  readonly head: TapeHead;
  /** Frames that were found so far. */
  readonly count: number;
  /** Null while the file is read. */
  readonly end: IndexEnd | null;
  /** Milliseconds since the first frame; NaN for an unknown number. */
  timeOf(index: number): number;
  /** The last frame at this time or before it; -1 without one. */
  indexAt(ms: number): number;
  /** The frame's own number; NaN for an unknown index. */
  seqOf(index: number): number;
  /** The last frame with this number or a lower one; -1 without one. */
  indexOfSeq(seq: number): number;
  /** Null if the file has changed in the meantime. */
  frame(index: number): TapeFrame | null;
  /** Null if the file has changed in the meantime. */
  row(index: number): FrameRow | null;
  /** Calls back while the file is read, several times a second. @returns ends the subscription */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** A frame in a list. */
export interface FrameRow {
  /** Its own number, as all commands name it. */
  seq: number;
  /** Milliseconds since the first frame. */
  at: number;
  summary: FrameSummary;
  /** Between a request and its answer; null for frames that are not answers. */
  latencyMs: number | null;
}

export interface IndexEnd {
  /** The recording was cut off. */
  isPartial: boolean;
  /** Why the rest of the file was not read; null if all of it was. */
  problem: string | null;
}

const NOTIFY_EVERY_MS = 100;

/** How long the file is read before others get a turn. */
const WORK_MS = 10;

/** Requests that wait for their answer. */
const MAX_OPEN = 100_000;

const MAX_SUMMARIES = 5_000;

const NO_REQUEST = -1;

/** Opens a tape, and begins to read it. @throws TapeError, UserError */
export async function indexTape(file: string): Promise<IndexedTape> {
  const tape = await readTape(file);
  const frames = new KeptFrames(file);
  const requests = new GrowingNumbers(Int32Array);
  const seqs = new GrowingNumbers();
  const open = new RecentMap<string, number>(MAX_OPEN);
  const summaries = new RecentMap<number, FrameSummary>(MAX_SUMMARIES);
  const listeners = new Set<() => void>();
  let end: IndexEnd | null = null;
  let isClosed = false;

  async function read(): Promise<void> {
    let [notified, rested] = [performance.now(), performance.now()];
    for await (const batch of tape.batches) {
      for (const { frame, line, message } of batch) {
        if (isClosed) return;
        const index = frames.count;
        const { asks, answers } = frameIds(frame, message);
        requests.push(
          answers.map((id) => open.get(otherSide(frame) + id)).find((found) => found !== undefined) ?? NO_REQUEST,
        );
        for (const id of answers) open.delete(otherSide(frame) + id);
        for (const id of asks) open.set(frame.dir + id, index);
        frames.add(frame, line);
        seqs.push(frame.seq);
        const now = performance.now();
        if (now - rested > WORK_MS) {
          // Reading ahead without pauses would leave no time for keys.
          await rest();
          rested = performance.now();
        }
        if (now - notified < NOTIFY_EVERY_MS) continue;
        notified = now;
        for (const listener of listeners) listener();
      }
    }
  }

  function requestOf(index: number): number | null {
    const request = requests.at(index);
    return request >= 0 ? request : null;
  }

  void read()
    .then(() => null, describeError)
    .then((problem) => {
      end = { isPartial: tape.outcome?.end === null, problem };
      for (const listener of listeners) listener();
    });

  return {
    head: tape.head,
    get count() {
      return frames.count;
    },
    get end() {
      return end;
    },
    timeOf: (index) => frames.timeOf(index),
    indexAt: (ms) => frames.indexAt(ms),
    seqOf: (index) => seqs.at(index),
    indexOfSeq: (seq) => seqs.countUpTo(seq) - 1,
    frame: (index) => frames.read(index),
    row(index) {
      const known = summaries.get(index);
      const found = known === undefined ? frames.read(index) : null;
      const request = requestOf(index);
      const summary = known ?? (found && summarizeFrame(found, request === null ? null : frames.read(request)));
      if (summary === null) return null;
      summaries.set(index, summary);
      const at = frames.timeOf(index);
      return { seq: seqs.at(index), at, summary, latencyMs: request === null ? null : at - frames.timeOf(request) };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      listeners.clear();
      frames.close();
    },
  };
}

/** Each answers a request of the other side. */
function otherSide({ dir }: TapeFrame): string {
  return dir === 'c' ? 's' : 'c';
}
