import type { Env } from '../base/env.js';
import type { RunId } from '../model/ids.js';
import { openLiveChannel } from '../runtime/live-channel.js';
import type { TraceSession } from '../runtime/trace-session.js';
import { MAIN } from '../settings/locations.js';
import { readPanelShares, rememberPanelShare } from '../settings/panel-shares.js';
import { otherPaneKeys, tmux } from './tmux-keys.js';

/** The variables that the panel needs: a new pane has the environment of tmux's server. */
const PASSED_ON =
  /^(CLAUDE_TRACE_|XDG_)|^(HOME|PATH|TMPDIR|TZ|LANG|LC_ALL|LC_CTYPE|NO_COLOR|COLORFGBG|PAGER|EDITOR|NODE_OPTIONS)$/;

/**
 * Opens a pane that shows what this run captures; our own keeps the keyboard. The pane ends with us: it is closed, or ends
 * itself when the channel closes. Its share of the window is that of the last pane, if the user changed it.
 * @param shares file that keeps it
 * @returns closes it
 * @throws Error when tmux refuses
 */
export async function openTmuxPanel(session: TraceSession, shares: string, env: Env): Promise<() => Promise<void>> {
  // Without a channel the panel shows answers when they are complete.
  const channel = await openLiveChannel(session).catch(() => null);
  try {
    const closePane = await openPane(session.runId, channel?.path ?? null, shares, env);
    return async () => {
      await closePane();
      channel?.close();
    };
  } catch (error) {
    channel?.close();
    throw error;
  }
}

const USUAL_SHARE = 0.4;
const SIZES = '#{pane_width} #{window_width}';

async function openPane(runId: RunId, channel: string | null, shares: string, env: Env): Promise<() => Promise<void>> {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && PASSED_ON.test(name) ? ['-e', `${name}=${value}`] : [],
  );
  const keys = await otherPaneKeys();
  const panel = [
    ...[process.execPath, MAIN, 'tui', '--run', runId],
    ...(channel === null ? [] : ['--channel', channel]),
    ...(keys === null ? [] : ['--pane-keys', keys]),
  ];
  const share = readPanelShares(shares).tmux ?? USUAL_SHARE;
  const place = ['-h', '-d', '-l', `${Math.round(share * 100)}%`, '-t', env.TMUX_PANE ?? ''];
  const [id = '', ...sizes] = (
    await tmux('split-window', ...place, '-P', '-F', `#{pane_id} ${SIZES}`, ...variables, ...panel)
  ).split(' ');
  const opened = sizes.join(' ');
  return async () => {
    try {
      const size = await tmux('display-message', '-p', '-t', id, SIZES);
      const [width, whole] = size.split(' ').map(Number);
      if (size !== opened && width && whole) rememberPanelShare(shares, 'tmux', width / whole);
      await tmux('kill-pane', '-t', id);
    } catch {
      // The user may have closed it.
    }
  };
}
