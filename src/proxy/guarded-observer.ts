import { describeError } from '../base/error-text.js';
import type { ObservedConnection, Observer, OpenObserver } from '../wire/index.js';
import type { ObserverQueue } from './observer-queue.js';

/**
 * Opens an observer that cannot throw: an error, now or later, goes to `onFailure` once, and the observer is dropped. Calls to it go
 * through the queue.
 */
export function openGuardedObserver(
  openObserver: OpenObserver,
  connection: ObservedConnection,
  onFailure: (message: string) => void,
  queue: ObserverQueue,
): Observer | null {
  let observer: Observer | null = null;
  const guard = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      observer = null;
      onFailure(describeError(error));
    }
  };
  const later = (call: (observer: Observer) => void, bytes = 0): void =>
    queue.push(() => guard(() => observer && call(observer)), bytes);
  guard(() => {
    observer = openObserver(connection);
  });
  return (
    observer && {
      clientBytes: (chunk, at) => later((each) => each.clientBytes(chunk, at), chunk.length),
      upstreamBytes: (chunk, at) => later((each) => each.upstreamBytes(chunk, at), chunk.length),
      forwarded: (total, at) => later((each) => each.forwarded(total, at)),
      delivered: (total, at) => later((each) => each.delivered(total, at)),
      clientEnded: (at) => later((each) => each.clientEnded(at)),
      upstreamEnded: (at) => later((each) => each.upstreamEnded(at)),
      closed: (closed, at) => later((each) => each.closed(closed, at)),
    }
  );
}
