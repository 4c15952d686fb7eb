import type { Env } from '../base/env.js';
import type { RunId } from '../model/ids.js';
import { openLiveChannel } from '../runtime/live-channel.js';
import type { TraceSession } from '../runtime/trace-session.js';
import { MAIN } from '../settings/locations.js';
import { otherPaneKeys, tmux } from './tmux-keys.js';

/** The variables that the panel needs: a new pane has the environment of tmux's server. */
const PASSED_ON =
  /^(CLAUDE_TRACE_|XDG_)|^(HOME|PATH|TMPDIR|TZ|LANG|LC_ALL|LC_CTYPE|NO_COLOR|COLORFGBG|PAGER|EDITOR|NODE_OPTIONS)$/;

/**
 * Opens a pane that shows what this run captures; our own keeps the keyboard. The pane ends with us: it is closed, or ends
 * itself when the channel closes.
 * @returns closes it
 * @throws Error when tmux refuses
 */
export async function openTmuxPanel(session: TraceSession, env: Env): Promise<() => Promise<void>> {
  // Without a channel the panel shows answers when they are complete.
  const channel = await openLiveChannel(session).catch(() => null);
  try {
    const closePane = await openPane(session.runId, channel?.path ?? null, env);
    return async () => {
      await closePane();
      channel?.close();
    };
  } catch (error) {
    channel?.close();
    throw error;
  }
}

async function openPane(runId: RunId, channel: string | null, env: Env): Promise<() => Promise<void>> {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && PASSED_ON.test(name) ? ['-e', `${name}=${value}`] : [],
  );
  const keys = await otherPaneKeys();
  const panel = [
    ...[process.execPath, MAIN, 'tui', '--run', runId],
    ...(channel === null ? [] : ['--channel', channel]),
    ...(keys === null ? [] : ['--pane-keys', keys]),
  ];
  const place = ['-h', '-d', '-l', '40%', '-t', env.TMUX_PANE ?? ''];
  const id = await tmux('split-window', ...place, '-P', '-F', '#{pane_id}', ...variables, ...panel);
  return async () => {
    // The user may have closed it.
    await tmux('kill-pane', '-t', id).catch(() => {});
  };
}
