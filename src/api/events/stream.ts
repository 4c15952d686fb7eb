import type { Feed } from './feed.js';

interface StreamOptions {
  feed: Feed;
  /** Number of the client's last event. */
  position: number;
  heartbeatMs: number;
  /** The client does not read. Its connection must be closed, since the end of the stream would wait for it. */
  onSlow(): void;
}

/** Bytes buffered for a client; more events are read from the database when it has taken these. */
const MAX_BUFFERED = 64 * 1024;

/**
 * Events from a position on, while the client reads. A client that reads nothing between two heartbeats is disconnected; it
 * can continue later at its position.
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
          onProgress(event) {
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
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_BUFFERED }),
  );
}
