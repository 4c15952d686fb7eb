import { budgetsOf } from '../settings/budgets.js';
import { toPrefixKey } from '../settings/prefix-key.js';
import { createPanel, type ThemedPanel } from '../tui/panel/create-panel.js';
import { openPanelData } from '../tui/panel/data/panel-data.js';
import { themeOf } from '../tui/panel/theme.js';
import { dataOfRun } from '../tui/this-run.js';
import type { TracedCommand } from './traced-command.js';

type Traced = Pick<TracedCommand, 'session' | 'paths' | 'config'>;

/** A panel that follows its run until it is closed. It has a file of its own, since Ink, React and the reader of the store are large. */
export function createPanelBeside({ session, paths, config }: Traced, background: string | undefined): ThemedPanel {
  const data = openPanelData(paths.database);
  const panel = createPanel({
    data: dataOfRun(data, session.runId),
    prices: config.prices,
    budgets: budgetsOf(config),
    theme: themeOf(process.env, background),
    prefix: toPrefixKey(config['ui.prefix']).name,
  });
  session.onCommit(data.changed);
  const stopWatching = session.onProgress(data.growing.take);
  data.held.connect(session.resume);
  const stopHeld = session.onPaused(() => data.held.take(session.paused()));
  data.held.take(session.paused());
  return {
    ...panel,
    close() {
      stopWatching();
      stopHeld();
      panel.close();
    },
  };
}
