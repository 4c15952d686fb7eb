import { notify } from '../text/output/stderr.js';
import { explainError } from '../text/store-error.js';
import type { ChildEnd } from './child-end.js';
import { isInTmux, type PanelLayout } from './panel-layout.js';
import type { TracedCommand } from './traced-command.js';

/** Loads the code that starts a command in this layout. Never rejects: `runInLayout` gets the same error. */
export async function loadLayout(layout: PanelLayout): Promise<void> {
  await (layout === 'split' ? import('./split-layout.js') : import('./child.js')).catch(() => {});
}

/** Runs the command in the layout. When the panel fails, the command runs without it, and the report says so. */
export async function runInLayout(layout: PanelLayout, traced: TracedCommand): Promise<ChildEnd> {
  const { command, env, report, onLateSignal } = traced;
  if (layout === 'split') {
    const end = await report.holding(() => runBesidePanel(traced));
    if (end !== null) return reportStart(end);
  }
  const closePanel = layout === 'tmux' ? await openPanel(traced) : null;
  const { runChild } = await import('./child.js');
  const end = await runChild(command, env, onLateSignal);
  await closePanel?.();
  return reportStart(end);
}

/** Runs the command as it would run without us. */
export async function runUntraced(
  command: readonly string[],
  onLateSignal: TracedCommand['onLateSignal'],
): Promise<ChildEnd> {
  const { runChild } = await import('./child.js');
  return reportStart(await runChild(command, process.env, onLateSignal));
}

/** Reports at once that a command could not be started: what follows would only distract. */
function reportStart(end: ChildEnd): ChildEnd {
  if (end.startError) notify(end.startError);
  return end;
}

/** Null when there is no panel; the command was not started then. */
async function runBesidePanel(traced: TracedCommand): Promise<ChildEnd | null> {
  let pane: { ended: Promise<ChildEnd> };
  try {
    // Loads the terminal emulator, and later the panel: other layouts need neither.
    const { startInSplitPane } = await import('./split-layout.js');
    pane = await startInSplitPane(traced);
  } catch (error) {
    reportNoPanel(traced, error);
    return null;
  }
  return pane.ended;
}

/** @returns closes the panel */
async function openPanel(traced: TracedCommand): Promise<(() => Promise<void>) | null> {
  try {
    if (!isInTmux(process.env)) throw new Error('this is not a pane of tmux');
    const { openTmuxPanel } = await import('./tmux-layout.js');
    return await openTmuxPanel(traced.session, traced.paths.panelShares, process.env);
  } catch (error) {
    reportNoPanel(traced, error);
    return null;
  }
}

function reportNoPanel({ report }: TracedCommand, error: unknown): void {
  const reason = explainError(error).replace(/\.$/, '');
  report.problem('no_panel', `No panel was shown: ${reason}. --layout none runs without it.`);
}
