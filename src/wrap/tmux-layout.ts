import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Env } from '../base/env.js';
import type { RunId } from '../model/ids.js';
import { openLiveChannel } from '../runtime/live-channel.js';
import type { TraceSession } from '../runtime/trace-session.js';
import { MAIN } from '../settings/locations.js';
import { otherPaneKeys } from './tmux-keys.js';

const run = promisify(execFile);

/** A server that does not answer must not keep the command waiting. */
const PATIENCE_MS = 2_000;

/** What the panel needs of our environment: a pane has that of tmux's server. */
const PASSED_ON =
  /^(CLAUDE_TRACE_|XDG_)|^(HOME|PATH|TMPDIR|TZ|LANG|LC_ALL|LC_CTYPE|NO_COLOR|COLORFGBG|PAGER|EDITOR|NODE_OPTIONS)$/;

/**
 * Opens a pane beside ours that shows what this run captures; ours stays the one that is typed into. It ends with us: closed,
 * or by itself when the channel closes.
 * @returns closes it
 * @throws Error when tmux refuses
 */
export async function openTmuxPanel(session: TraceSession, env: Env): Promise<() => Promise<void>> {
  // Without it the panel shows answers when they are whole.
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
  const pane = ['-t', env.TMUX_PANE ?? ''];
  const follow = channel === null ? [] : ['--channel', channel];
  const keys = await otherPaneKeys();
  const hint = keys === null ? [] : ['--pane-keys', keys];
  const panel = [process.execPath, MAIN, 'tui', '--run', runId, ...follow, ...hint];
  const id = await tmux(
    'split-window',
    '-h',
    '-d',
    '-l',
    '40%',
    ...pane,
    '-P',
    '-F',
    '#{pane_id}',
    ...variables,
    ...panel,
  );
  return async () => {
    // It may have been closed by hand.
    await tmux('kill-pane', '-t', id).catch(() => {});
  };
}

async function tmux(...args: string[]): Promise<string> {
  const { stdout } = await run('tmux', args, { timeout: PATIENCE_MS });
  return stdout.trim();
}
