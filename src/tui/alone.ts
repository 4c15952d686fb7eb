import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../text/fit.js';
import { type ThemeName, themeOf } from './panel/theme.js';
import { PANEL_MODES, withMouse } from './split/child/child-modes.js';
import { mouseForPanel } from './split/input/mouse.js';
import { createClaim } from './split/outside/terminal-claim.js';
import { terminalKind } from './split/outside/terminal-kind.js';
import type { Panel } from './split/panel.js';
import { typedKeys } from './typed-keys.js';

/** The content of a terminal, as frames. */
export type AlonePanel = Pick<Panel, 'attach' | 'resize' | 'frame' | 'onFrame' | 'onInput' | 'onMouse' | 'close'> & {
  /** The terminal has reported its background. */
  setTheme(theme: ThemeName): void;
};

export interface AloneOptions {
  /** The panel gets clicks and the wheel; otherwise the terminal uses them, to select text. */
  mouse: boolean;
  /** Called when the panel is on the screen. @param leave ends it @returns called at its end */
  onShown?: (leave: () => void) => (() => void) | undefined;
}

/** Signals that end us, and the exit codes of shells for them. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const CTRL_Z = 0x1a;

/** A panel alone on the terminal, until the person leaves it. It is closed then. @throws errors of the panel */
export async function runAlone(panel: AlonePanel, { mouse, onShown }: AloneOptions): Promise<void> {
  const { stdin, stdout, env } = process;
  let shown: readonly string[] = [];
  let isScheduled = false;
  let leave = (): void => {};
  let fail: (error: unknown) => void = () => {};

  const claim = createClaim({
    stdin,
    stdout,
    kind: terminalKind(env),
    onBackground: (colour) => panel.setTheme(themeOf(env, colour)),
    onInput: typedKeys(
      (sequence) => claim.facts.learn(sequence),
      (bytes) => {
        // In raw mode the terminal does not handle Ctrl-Z.
        if (bytes.length === 1 && bytes[0] === CTRL_Z) process.kill(process.pid, 'SIGTSTP');
        else panel.onInput(bytes);
      },
      (report) => {
        const event = mouseForPanel(report, { x: 0, y: 0 });
        if (event) panel.onMouse(event);
      },
    ),
    onResize: drawAll,
    onReady: draw,
    onGone: () => process.exit(EXIT_CODES.SIGHUP),
    wantedModes: () => (mouse ? withMouse(PANEL_MODES) : PANEL_MODES),
    onReclaimed: drawAll,
    stopSignal: 'SIGTSTP',
    stopChild() {},
    continueChild() {},
  });
  const { terminal } = claim;

  function drawAll(): void {
    shown = [];
    const { width, height } = terminal.size();
    panel.resize(width, height);
  }

  /** Draws only the latest frame, and none while the terminal has not taken the previous one. */
  function draw(): void {
    isScheduled = false;
    if (!terminal.isEntered() || !terminal.isReady()) return;
    try {
      const rows = panel.frame();
      terminal.write(changedRows(shown, rows, terminal.size().width));
      shown = rows;
    } catch (error) {
      fail(error);
    }
  }

  const left = new Promise<void>((resolve, reject) => {
    leave = resolve;
    fail = reject;
  });
  panel.attach({
    leave,
    zoom() {},
    resize() {},
    copy: (text) => terminal.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`),
    lend: claim.lend,
  });
  panel.onFrame(() => {
    if (!isScheduled) setImmediate(draw);
    isScheduled = true;
  });
  // The claim gives the terminal back when the process exits.
  for (const [signal, code] of Object.entries(EXIT_CODES)) process.once(signal, () => process.exit(code));
  await claim.start();
  const stop = onShown?.(leave);
  try {
    await left;
  } finally {
    stop?.();
    panel.close();
    await claim.end();
    terminal.close();
  }
}

/**
 * A synchronized update, which other terminals ignore.
 * https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036
 */
function changedRows(before: readonly string[], after: readonly string[], width: number): string {
  let changes = '';
  for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
    const row = after[index] ?? '';
    if (row === before[index]) continue;
    // After a full row the cursor stays on the last column, and erasing to the end of the row would clear that column.
    const erase = displayWidth(stripVTControlCharacters(row)) < width ? '\x1b[K' : '';
    changes += `\x1b[${index + 1};1H${row}\x1b[0m${erase}`;
  }
  return changes === '' ? '' : `\x1b[?2026h${changes}\x1b[?2026l`;
}
