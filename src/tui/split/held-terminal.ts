import { closeSync, constants, openSync } from 'node:fs';
import type { IPty } from '@lydell/node-pty';

/**
 * Keeps a child's terminal open as long as the child lives. When a child closes all its descriptors of it, as services do that go
 * on in the background, node-pty 1.1 takes that for the end and closes its own side: the child gets SIGHUP for it.
 */
export function holdTerminal(pty: IPty): void {
  const name: unknown = Reflect.get(pty, 'ptsName');
  if (typeof name !== 'string' || name === '') return;
  let file: number | null = null;
  try {
    file = openSync(name, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    return;
  }

  function letGo(): void {
    if (file !== null) closeSync(file);
    file = null;
  }

  // node-pty sets this when the child has ended, and waits up to 200 ms then for the terminal to be closed.
  let hasEnded: unknown = Reflect.get(pty, '_boundClose');
  Object.defineProperty(pty, '_boundClose', {
    configurable: true,
    get: () => hasEnded,
    set(value: unknown) {
      hasEnded = value;
      letGo();
    },
  });
  pty.onExit(letGo);
}
