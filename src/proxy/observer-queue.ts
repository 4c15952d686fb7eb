/** Calls to observers, made after the bytes have passed, so that no observer delays them. */
export interface ObserverQueue {
  /** @param bytes size of the chunk that the call keeps in memory */
  push(call: () => void, bytes: number): void;
  /** Makes all waiting calls. */
  flush(): void;
}

/** When waiting calls take more memory, all of them are made at once. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Memory that a call takes besides its chunk. It matters when many servers send their answers in small chunks. */
const CALL_BYTES = 512;

/** After this time, the event loop gets a turn before the next call: an event of an answer may wait for it. */
const SLICE_MS = 0.25;

/** Slice while more than one large request waits, so that the calls keep up with fast traffic. */
const LONG_SLICE_MS = 1;
const MANY_BYTES = 1024 * 1024;

const IMMEDIATE: ObserverQueue = { push: (call) => call(), flush: () => {} };

/**
 * @param delayMs time from the first waiting call until all are made, in order; 0 to make each at once
 * @param onFlushed called when no call waits any more
 */
export function createObserverQueue(delayMs: number, onFlushed: () => void): ObserverQueue {
  if (delayMs === 0) return IMMEDIATE;
  let waiting: (() => void)[] = [];
  let done = 0;
  let bytes = 0;
  let isScheduled = false;

  /** @param until a time of `performance.now()` */
  const work = (until: number): void => {
    for (let call = waiting[done]; call !== undefined; call = waiting[done]) {
      done += 1;
      call();
      if (performance.now() > until) break;
    }
    isScheduled = done < waiting.length;
    if (isScheduled) return void setImmediate(slice);
    waiting = [];
    done = 0;
    bytes = 0;
    onFlushed();
  };
  const slice = (): void => {
    if (isScheduled) work(performance.now() + (bytes > MANY_BYTES ? LONG_SLICE_MS : SLICE_MS));
  };
  const flush = (): void => work(Number.POSITIVE_INFINITY);

  return {
    push(call, size) {
      waiting.push(call);
      bytes += size + CALL_BYTES;
      if (bytes > MAX_BYTES) return flush();
      if (isScheduled) return;
      isScheduled = true;
      setTimeout(slice, delayMs);
    },
    flush,
  };
}
