import type { PriceOverrides } from '../attribution/index.js';
import type { RunId } from '../model/ids.js';
import type { ProgressEvent } from '../model/progress.js';
import { createPanel } from './panel/create-panel.js';
import { openPanelData } from './panel/data/panel-data.js';
import { themeOf } from './panel/theme.js';
import { startGuard } from './split/outside/guard.js';
import { takeTerminal } from './terminal.js';
import { dataOfRun } from './this-run.js';

export interface AppOptions {
  /** The database. */
  file: string;
  prices: PriceOverrides;
  sessionId?: string | undefined;
  /** Shows only requests of this run. */
  runId?: RunId | undefined;
  /** The keys that lead to the other pane of tmux, and back, if there is one. */
  paneKeys?: string | undefined;
  /**
   * Follows the process that captures the answers, if there is one.
   * @param onGone ends the panel
   * @returns ends the following
   */
  follow?: ((onEvent: (event: ProgressEvent) => void, onGone: () => void) => () => void) | undefined;
}

/** The panel alone on the terminal, until the person leaves it. @throws StoreError, and what the panel throws */
export async function runApp({ file, prices, sessionId, runId, paneKeys, follow }: AppOptions): Promise<void> {
  const all = openPanelData(file);
  const guard = startGuard();
  const data = runId === undefined ? all : dataOfRun(all, runId);
  const panel = createPanel({ data, prices, theme: themeOf(process.env), sessionId, paneKeys });
  let stopFollowing = (): void => {};
  await guard.ready;
  const terminal = takeTerminal(
    (bytes) => panel.onInput(bytes),
    (colour) => panel.setTheme(themeOf(process.env, colour)),
    guard,
  );

  function resize(): void {
    terminal.forget();
    panel.resize(process.stdout.columns || 80, process.stdout.rows || 24);
  }

  return new Promise<void>((resolve, reject) => {
    panel.attach({
      leave: resolve,
      zoom() {},
      copy: terminal.copy,
      lend: terminal.lend,
    });
    panel.onFrame(() => {
      try {
        terminal.draw(panel.frame());
      } catch (error) {
        reject(error);
      }
    });
    terminal.onReturn(() => terminal.draw(panel.frame()));
    process.stdout.on('resize', resize);
    resize();
    if (follow) stopFollowing = follow(data.growing.take, resolve);
  }).finally(() => {
    process.stdout.off('resize', resize);
    stopFollowing();
    panel.close();
    terminal.leave();
    guard.dismiss();
  });
}
