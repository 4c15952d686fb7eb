import type { WriteStream } from 'node:tty';

/** In UTF-16 units or bytes. */
const MAX_HELD = 256 * 1024;

type Write = WriteStream['write'];

/**
 * Holds back other writes of this process to the terminal, which would damage the panes: those of libraries and
 * threads, and Node's warnings, which bypass the streams.
 * @returns ends that, and writes what was held if it is still wanted
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
