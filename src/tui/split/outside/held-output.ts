import type { WriteStream } from 'node:tty';

/** Of what others write, so much is kept. */
const MAX_HELD = 256 * 1024;

type Write = WriteStream['write'];

/**
 * Keeps what anybody else in this process writes to the terminal from tearing the panes: lines of libraries and threads, and
 * Node's own warnings, which go past the streams.
 * @returns ends that, and writes it now unless it is not wanted any more
 */
export function holdOutput(streams: readonly WriteStream[]): (isWanted: boolean) => void {
  const held: (() => void)[] = [];
  let size = 0;
  const restores = streams.map((stream) => {
    const write = stream.write;
    const hold: Write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean => {
      size += chunk.length;
      if (size <= MAX_HELD) held.push(() => stream.write(typeof chunk === 'string' ? chunk : Buffer.from(chunk)));
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
    stream.write = hold;
    return () => {
      stream.write = write;
    };
  });

  const printers = process.listeners('warning');
  const holdWarning = (warning: Error) => {
    for (const print of printers) held.push(() => print(warning));
  };
  process.removeAllListeners('warning');
  process.on('warning', holdWarning);

  return (isWanted) => {
    for (const restore of restores) restore();
    process.off('warning', holdWarning);
    for (const print of printers) process.on('warning', print);
    if (isWanted) for (const release of held) release();
  };
}
