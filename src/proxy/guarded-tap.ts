import { describeError } from '../base/error-text.js';
import type { ObservedConnection, OpenTap, Tap } from '../wire/index.js';

/** Opens a tap that cannot throw: what it throws, now or later, goes to `onFailure` once, and the tap is dropped. */
export function openGuardedTap(
  openTap: OpenTap,
  connection: ObservedConnection,
  onFailure: (message: string) => void,
): Tap | null {
  let tap: Tap | null = null;
  const guard = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      tap = null;
      onFailure(describeError(error));
    }
  };
  guard(() => {
    tap = openTap(connection);
  });
  return (
    tap && {
      clientBytes: (chunk, at) => guard(() => tap?.clientBytes(chunk, at)),
      upstreamBytes: (chunk, at) => guard(() => tap?.upstreamBytes(chunk, at)),
      forwarded: (total, at) => guard(() => tap?.forwarded(total, at)),
      delivered: (total, at) => guard(() => tap?.delivered(total, at)),
      clientEnded: (at) => guard(() => tap?.clientEnded(at)),
      upstreamEnded: (at) => guard(() => tap?.upstreamEnded(at)),
      closed: (closed, at) => guard(() => tap?.closed(closed, at)),
    }
  );
}
