import { describeError } from '../base/error-text.js';
import type { ObservedConnection, Observer, OpenObserver } from '../wire/index.js';

/** Opens an observer that cannot throw: what it throws, now or later, goes to `onFailure` once, and the observer is dropped. */
export function openGuardedObserver(
  openObserver: OpenObserver,
  connection: ObservedConnection,
  onFailure: (message: string) => void,
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
  guard(() => {
    observer = openObserver(connection);
  });
  return (
    observer && {
      clientBytes: (chunk, at) => guard(() => observer?.clientBytes(chunk, at)),
      upstreamBytes: (chunk, at) => guard(() => observer?.upstreamBytes(chunk, at)),
      forwarded: (total, at) => guard(() => observer?.forwarded(total, at)),
      delivered: (total, at) => guard(() => observer?.delivered(total, at)),
      clientEnded: (at) => guard(() => observer?.clientEnded(at)),
      upstreamEnded: (at) => guard(() => observer?.upstreamEnded(at)),
      closed: (closed, at) => guard(() => observer?.closed(closed, at)),
    }
  );
}
