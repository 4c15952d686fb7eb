import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import type { Size } from '../../src/tui/split/layout.js';
import type { Terminal } from './terminal.js';

/** What stands on a terminal. Times are those of the read that brought it: what drawing takes here is in none of them. */
export interface WatchedScreen {
  /** All of it, a line a row. */
  text(): string;
  /** Milliseconds from the last keys until a whole frame stood there that looks so. */
  until(looksSo: (text: string) => boolean): Promise<number>;
}

const PATIENCE_MS = 60_000;

export function watchScreen(terminal: Terminal, { width, height }: Size): WatchedScreen {
  const emulator = new headless.Terminal({ cols: width, rows: height, allowProposedApi: true });
  emulator.loadAddon(new unicode11.Unicode11Addon());
  emulator.unicode.activeVersion = '11';
  let look = (_ms: number) => {};
  let lastMs = 0;

  terminal.onRead((data, ms) => {
    emulator.write(data, () => {
      lastMs = ms;
      if (!emulator.modes.synchronizedOutputMode) look(ms);
    });
  });

  function text(): string {
    const { active } = emulator.buffer;
    return Array.from({ length: height }, (_, y) => active.getLine(y)?.translateToString(true) ?? '').join('\n');
  }

  return {
    text,
    until(looksSo) {
      return new Promise((resolve, reject) => {
        const fail = () => reject(new Error(`It does not look so:\n${text()}`));
        const timer = setTimeout(fail, PATIENCE_MS);
        void terminal.ended.then(fail);
        look = (ms) => {
          if (!looksSo(text())) return;
          clearTimeout(timer);
          look = () => {};
          resolve(ms);
        };
        look(lastMs);
      });
    },
  };
}
