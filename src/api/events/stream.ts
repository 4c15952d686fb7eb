import type { Feed } from './feed.js';

interface StreamOptions {
  feed: Feed;
  /** Number of the last event that the client has. */
  position: number;
  heartbeatMs: number;
  /** The client does not read: its connection must be cut, since the end of the stream would wait for it. */
  onSlow(): void;
}

/** Bytes that wait for a client; more events are read from the database when it has taken these. */
const MAX_WAITING = 64 * 1024;

/**
 * Events from a position on, for as long as the client reads. One that has taken nothing from one heartbeat to the next is
 * dropped: it can go on later from where it stood.
 */
export function eventStream({ feed, position, heartbeatMs, onSlow }: StreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let at = position;
  let isStuck = false;
  let stop = () => {};

  function advance(controller: ReadableStreamDefaultController<Uint8Array>): void {
    while ((controller.desiredSize ?? 0) > 0) {
      const batch = feed.after(at);
      if (batch === null) return;
      at = batch.last;
      controller.enqueue(encoder.encode(batch.text));
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = () => {
          const isBehind = (controller.desiredSize ?? 0) <= 0;
          stop();
          controller.close();
          if (isBehind) onSlow();
        };
        const beat = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': heartbeat\n\n'));
          else if (isStuck) end();
          else isStuck = true;
        }, heartbeatMs);
        const unfollow = feed.follow({
          onMore: () => advance(controller),
          onPassing(event) {
            if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(event));
          },
          onEnd: end,
        });
        stop = () => {
          clearInterval(beat);
          unfollow();
        };
        controller.enqueue(encoder.encode('retry: 1000\n\n'));
      },
      pull(controller) {
        isStuck = false;
        advance(controller);
      },
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING }),
  );
}
