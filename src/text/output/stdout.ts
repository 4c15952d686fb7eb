import { escapeUnsafe, printable } from '../text.js';

/**
 * Writes to stdout and waits until it is taken. A reader that left early (`| head`) is not an error.
 * @param data text is escaped; bytes are changed only for a terminal
 */
export function writeOut(data: string | Uint8Array): Promise<void> {
  const shown = typeof data === 'string' ? escapeUnsafe(data) : forOutput(data);
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve();
      else reject(error);
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
