import { closeSync, constants, openSync } from 'node:fs';
import type { IPty } from '@lydell/node-pty';

/**
 * Keeps a child's terminal open as long as the child lives. When a child closes all its descriptors of the terminal, as
 * services do that continue in the background, node-pty 1.1 closes its own side too, and the child gets SIGHUP.
 */
export function keepPtyOpen(pty: IPty): void {
  const name: unknown = Reflect.get(pty, 'ptsName');
  if (typeof name !== 'string' || name === '') return;
  let file: number | null = null;
  try {
    file = openSync(name, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    return;
  }

  function close(): void {
    if (file !== null) closeSync(file);
    file = null;
  }

  // node-pty sets this when the child has ended, and then waits up to 200 ms for the terminal to be closed.
  let hasEnded: unknown = Reflect.get(pty, '_boundClose');
  Object.defineProperty(pty, '_boundClose', {
    configurable: true,
    get: () => hasEnded,
    set(value: unknown) {
      hasEnded = value;
      close();
    },
  });
  pty.onExit(close);
}
