import type { TraceSession } from '../runtime/trace-session.js';
import { explainError } from '../text/store-error.js';
import type { ChildEnd } from './child.js';
import { isInTmux, type Layout } from './layout.js';
import type { SessionReport } from './session-report.js';
import type { TracedCommand } from './traced-command.js';

/** Runs the command where the layout puts it. Without a panel it runs all the same: that is told at the end. */
export async function runInLayout(layout: Layout, traced: TracedCommand): Promise<ChildEnd> {
  const { command, env, session, report, onLateSignal } = traced;
  if (layout === 'split') {
    const end = await report.holding(() => runBesidePanel(traced));
    if (end !== null) return end;
  }
  const closePanel = layout === 'tmux' ? await openPanel(session, report) : null;
  const { runChild } = await import('./child.js');
  const end = await runChild(command, env, onLateSignal);
  await closePanel?.();
  return end;
}

/** Null when there is no panel, and so nothing was started. */
async function runBesidePanel(traced: TracedCommand): Promise<ChildEnd | null> {
  let pane: { ended: Promise<ChildEnd> };
  try {
    // Loaded last: who wants no panel does not pay for Ink, React and the terminal's emulator.
    const { startInSplitPane } = await import('./split-layout.js');
    pane = await startInSplitPane(traced);
  } catch (error) {
    traced.report.problem('no_panel', `No panel was shown: ${explainError(error)}. --layout none does without.`);
    return null;
  }
  return pane.ended;
}

async function openPanel(session: TraceSession, report: SessionReport): Promise<(() => Promise<void>) | null> {
  try {
    if (!isInTmux(process.env)) throw new Error('this is no pane of tmux');
    const { openTmuxPanel } = await import('./tmux-layout.js');
    return await openTmuxPanel(session, process.env);
  } catch (error) {
    report.problem('no_panel', `No panel was shown: ${explainError(error)}. --layout none does without.`);
    return null;
  }
}
