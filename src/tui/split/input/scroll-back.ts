import type { Screen } from '../emulator/screen.js';

/**
 * Handles a key while the user scrolls back, as less and tmux's copy mode do.
 * @param height of the screen, in rows
 * @returns whether the user still scrolls back
 */
export function scrollByKey(key: string, screen: Pick<Screen, 'scroll' | 'scrolledBack'>, height: number): boolean {
  const lines = LINES[key]?.(height);
  if (lines === undefined) return !ENDS.has(key);
  screen.scroll(lines);
  // Scrolling down to the end ends it.
  return lines < 0 || screen.scrolledBack() > 0;
}

const FAR = 1_000_000;

const LINES: Readonly<Record<string, (height: number) => number>> = {
  k: () => -1,
  '\x1b[A': () => -1,
  '\x1bOA': () => -1,
  j: () => 1,
  '\x1b[B': () => 1,
  '\x1bOB': () => 1,
  u: (height) => -Math.ceil(height / 2),
  '\x15': (height) => -Math.ceil(height / 2),
  d: (height) => Math.ceil(height / 2),
  '\x04': (height) => Math.ceil(height / 2),
  b: (height) => -height,
  '\x1b[5~': (height) => -height,
  f: (height) => height,
  ' ': (height) => height,
  '\x1b[6~': (height) => height,
  g: () => -FAR,
  '\x1b[H': () => -FAR,
  G: () => FAR,
  '\x1b[F': () => FAR,
};

const ENDS: ReadonlySet<string> = new Set(['q', '\x1b', '\r', '\x03']);
