import { escapeUnsafe, printable } from '../text.js';

let isClosed = false;

/** Whether a reader that left was found out by writing: `process.stdout` itself stays open. */
export function isOutputClosed(): boolean {
  return isClosed;
}

/**
 * Writes to stdout and waits until it is taken. A reader that left early (`| head`) is not an error.
 * @param data text is escaped; bytes are changed only for a terminal
 */
export function writeOut(data: string | Uint8Array): Promise<void> {
  const shown = typeof data === 'string' ? escapeUnsafe(data) : forOutput(data);
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') return reject(error);
      isClosed = true;
      resolve();
    };
    process.stdout.once('error', onError);
    process.stdout.write(shown, (error) => {
      if (error) return;
      process.stdout.off('error', onError);
      resolve();
    });
  });
}

function forOutput(bytes: Uint8Array): string | Uint8Array {
  return process.stdout.isTTY ? printable(Buffer.from(bytes).toString()) : bytes;
}
