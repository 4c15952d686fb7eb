/** Calls to observers that wait until the bytes have passed: nothing of ours delays them. */
export interface ObserverQueue {
  /** @param bytes that are in memory until the call */
  push(call: () => void, bytes: number): void;
  /** Makes all calls that wait. */
  flush(): void;
}

/** When more bytes wait, all calls are made at once. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Then the event loop gets its turn between the calls. */
const MAX_SLICE_MS = 1;

const IMMEDIATE: ObserverQueue = { push: (call) => call(), flush: () => {} };

/**
 * @param delayMs from the first call that waits until they are made, in order; 0: they are made at once
 * @param onFlushed called when no calls wait any more
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
    if (isScheduled) work(performance.now() + MAX_SLICE_MS);
  };
  const flush = (): void => work(Number.POSITIVE_INFINITY);

  return {
    push(call, size) {
      waiting.push(call);
      bytes += size;
      if (bytes > MAX_BYTES) return flush();
      if (isScheduled) return;
      isScheduled = true;
      setTimeout(slice, delayMs);
    },
    flush,
  };
}
