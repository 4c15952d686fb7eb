import { readPanelShares, rememberPanelShare } from '../settings/panel-shares.js';
import { toPrefixKey } from '../settings/prefix-key.js';
import { stopPrinting } from '../text/output/stderr.js';
import { explainError } from '../text/store-error.js';
import { themeOf } from '../tui/panel/theme.js';
import { createLatePanel } from '../tui/split/late-panel.js';
import { startSplitPane } from '../tui/split/split-pane.js';
import type { ChildEnd } from './child-end.js';
import { awaitFirstScreen } from './first-screen.js';
import { followSuspension } from './follow-suspension.js';
import type { createPanelBeside } from './panel-beside.js';
import type { TracedCommand } from './traced-command.js';

/** Runs the command in a terminal of its own beside the panel. @throws Error before anything is started */
export async function startInSplitPane(traced: TracedCommand): Promise<{ ended: Promise<ChildEnd> }> {
  const { command, env, session, paths, config, report, onLateSignal } = traced;
  const [file = '', ...args] = command;
  const prefix = toPrefixKey(config['ui.prefix']);
  let background: string | undefined;
  let loaded: ReturnType<typeof createPanelBeside> | null = null;
  const panel = createLatePanel(async () => {
    session.record();
    const { createPanelBeside } = await import('./panel-beside.js');
    loaded = createPanelBeside(traced, background);
    return loaded;
  });
  // Loading the panel takes half as long as Claude Code's own start.
  const firstScreen = awaitFirstScreen(panel.show);
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
      stdin: process.stdin,
      stdout: process.stdout,
      onOutput: firstScreen.wrote,
      onBackground(colour) {
        background = colour;
        loaded?.setTheme(themeOf(process.env, colour));
      },
      onPanelFailed: (error) =>
        report.problem(
          'panel_failed',
          `The panel failed, and the command continued without it: ${explainError(error)}`,
        ),
      onLateSignal,
      onTerminalStuck: stopPrinting,
    });
    const stopFollowing = followSuspension(pane.pid ?? undefined, pane.release);
    const ended = pane.ended.finally(() => {
      firstScreen.stop();
      stopFollowing();
    });
    return { ended };
  } catch (error) {
    firstScreen.stop();
    panel.close();
    throw error;
  }
}
