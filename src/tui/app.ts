import { stripVTControlCharacters } from 'node:util';
import type { PriceOverrides } from '../attribution/index.js';
import type { Budgets } from '../model/budget.js';
import type { RunId } from '../model/ids.js';
import type { LiveConnection, LiveEvent } from '../model/live-event.js';
import { displayWidth } from '../text/fit.js';
import { createPanel } from './panel/create-panel.js';
import { openPanelData } from './panel/data/panel-data.js';
import { themeOf } from './panel/theme.js';
import { scopedData } from './scoped-data.js';
import { PANEL_MODES, withMouse } from './split/child/child-modes.js';
import { mouseForPanel } from './split/input/mouse.js';
import { createClaim } from './split/outside/terminal-claim.js';
import { terminalKind } from './split/outside/terminal-kind.js';
import { dataOfRun } from './this-run.js';
import { typedKeys } from './typed-keys.js';

export interface AppOptions {
  /** The database. */
  file: string;
  prices: PriceOverrides;
  budgets: Budgets;
  /** The panel gets clicks and the wheel; otherwise the terminal uses them, to select text. */
  mouse: boolean;
  sessionId?: string | undefined;
  /** Shows only requests of this run. */
  runId?: RunId | undefined;
  /** Only requests of this project or agent, as in RequestFilter. */
  project?: string | undefined;
  agent?: string | undefined;
  /** The keys that lead to the other pane of tmux, and back, if there is one. */
  paneKeys?: string | undefined;
  /**
   * Follows the process that captures the answers, if there is one.
   * @param onGone ends the panel
   */
  follow?: ((onEvent: (event: LiveEvent) => void, onGone: () => void) => LiveConnection) | undefined;
}

/** Signals that end us, and the exit codes of shells for them. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const CTRL_Z = 0x1a;

/** The panel alone on the terminal, until the person leaves it. @throws StoreError, and errors of the panel */
export async function runApp(options: AppOptions): Promise<void> {
  const { file, prices, budgets, mouse, sessionId, runId, project, agent, paneKeys, follow } = options;
  const { stdin, stdout, env } = process;
  const all = openPanelData(file);
  const data = runId === undefined ? scopedData(all, { project, agent }) : dataOfRun(all, runId);
  const panel = createPanel({ data, prices, budgets, theme: themeOf(env), sessionId, paneKeys });
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
  const run = follow?.((event) => {
    if (event.type === 'paused') data.held.take(event.messages);
    else data.growing.take(event);
  }, leave);
  if (run !== undefined) data.held.connect(run.resume);
  try {
    await left;
  } finally {
    run?.end();
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
