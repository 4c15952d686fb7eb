import type { PriceOverrides } from '../attribution/index.js';
import type { Budgets } from '../model/budget.js';
import type { RunId } from '../model/ids.js';
import type { LiveConnection, LiveEvent } from '../model/live-event.js';
import { runAlone } from './alone.js';
import { createPanel } from './panel/create-panel.js';
import { openPanelData } from './panel/data/panel-data.js';
import { themeOf } from './panel/theme.js';
import { scopedData } from './scoped-data.js';
import { dataOfRun } from './this-run.js';

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

/** The panel alone on the terminal, until the person leaves it. @throws StoreError, and errors of the panel */
export async function runApp(options: AppOptions): Promise<void> {
  const { file, prices, budgets, mouse, sessionId, runId, project, agent, paneKeys, follow } = options;
  const all = openPanelData(file);
  const data = runId === undefined ? scopedData(all, { project, agent }) : dataOfRun(all, runId);
  const panel = createPanel({ data, prices, budgets, theme: themeOf(process.env), sessionId, paneKeys });
  await runAlone(panel, {
    mouse,
    onShown(leave) {
      const run = follow?.((event) => {
        if (event.type === 'paused') data.held.take(event.messages);
        else if (event.type !== 'rule_failures') data.growing.take(event);
      }, leave);
      if (run !== undefined) data.held.connect(run.resume);
      return run?.end;
    },
  });
}
