import { budgetsOf } from '../settings/budgets.js';
import { readPanelShares, rememberPanelShare } from '../settings/panel-shares.js';
import { toPrefixKey } from '../settings/prefix-key.js';
import { stopPrinting } from '../text/output/stderr.js';
import { explainError } from '../text/store-error.js';
import { createPanel } from '../tui/panel/create-panel.js';
import { openPanelData } from '../tui/panel/data/panel-data.js';
import { themeOf } from '../tui/panel/theme.js';
import { startSplitPane } from '../tui/split/split-pane.js';
import { dataOfRun } from '../tui/this-run.js';
import type { ChildEnd } from './child.js';
import { followSuspension } from './follow-suspension.js';
import type { TracedCommand } from './traced-command.js';

/** The keys of the panel after the prefix key. */
const PREFIX_KEYS = '+ - 0 rate  u undo';

/** Runs the command in a terminal of its own beside the panel. @throws Error before anything is started */
export async function startInSplitPane(traced: TracedCommand): Promise<{ ended: Promise<ChildEnd> }> {
  const { command, env, session, paths, config, report, onLateSignal } = traced;
  const [file = '', ...args] = command;
  const prefix = toPrefixKey(config['ui.prefix']);
  const data = openPanelData(paths.database);
  const panel = createPanel({
    data: dataOfRun(data, session.runId),
    prices: config.prices,
    budgets: budgetsOf(config),
    theme: themeOf(process.env),
    prefix: prefix.name,
  });
  try {
    const pane = await startSplitPane({
      command: file,
      args,
      env,
      cwd: process.cwd(),
      panel,
      prefix,
      mouse: config['ui.mouse'],
      shares: readPanelShares(paths.panelShares),
      onShared({ beside, below }) {
        if (beside !== undefined) rememberPanelShare(paths.panelShares, 'beside', beside);
        if (below !== undefined) rememberPanelShare(paths.panelShares, 'below', below);
      },
      prefixKeys: PREFIX_KEYS,
      stdin: process.stdin,
      stdout: process.stdout,
      onBackground: (colour) => panel.setTheme(themeOf(process.env, colour)),
      onPanelFailed: (error) =>
        report.problem(
          'panel_failed',
          `The panel failed, and the command continued without it: ${explainError(error)}`,
        ),
      onLateSignal,
      onTerminalStuck: stopPrinting,
    });
    session.onCommit(data.changed);
    const stopWatching = session.onProgress(data.growing.take);
    data.held.connect(session.resume);
    const stopHeld = session.onPaused(() => data.held.take(session.paused()));
    data.held.take(session.paused());
    const stopFollowing = followSuspension(pane.pid ?? undefined, pane.release);
    const ended = pane.ended.finally(() => {
      stopWatching();
      stopHeld();
      stopFollowing();
    });
    return { ended };
  } catch (error) {
    panel.close();
    throw error;
  }
}
