/**
 * Writes to stdout and waits until it is taken. A reader that left early (`| head`) is no error: the rest is not wanted.
 */
export function writeOut(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve();
      else reject(error);
    });
    process.stdout.write(data, (error) => {
      if (!error) resolve();
    });
  });
}
