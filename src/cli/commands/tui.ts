import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { isRunId } from '../../model/ids.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openReader } from '../../store/index.js';
import type { AppOptions } from '../../tui/app.js';
import type { OptionsOf } from '../command-file.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace tui [options]\n\n' +
        'Browse what was captured: requests and what they are made of, sources, sessions, advice. What other processes ' +
        'capture meanwhile appears as it is stored. ? shows the keys.',
    )
    .option('session', {
      type: 'string',
      describe: 'one session of Claude Code: its id or the beginning of it, or last',
    })
    .option('run', { type: 'string', hidden: true, describe: 'what one start of wrap captures: its panel in tmux' })
    .option('pane-keys', { type: 'string', hidden: true, describe: 'what leads to the other pane of tmux, and back' })
    .option('channel', { type: 'string', hidden: true, describe: 'where that wrap tells of answers while they come' })
    .example('claude-trace tui', 'everything, the newest first')
    .example('claude-trace tui --session last', 'one session');
}

type Args = OptionsOf<typeof options>;

export async function run({ session, run, channel, paneKeys }: Args): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError('tui needs a terminal to draw on; claude-trace query prints the same for pipes.');
  }
  const { database, configFile } = resolvePaths(process.env);
  const { prices } = await loadConfig(configFile);
  if (run !== undefined && !isRunId(run)) throw new UsageError(`--run: "${run}" is not the id of a run.`);
  if (run !== undefined) {
    const [{ runApp }, { followLive }] = await Promise.all([
      import('../../tui/app.js'),
      import('../../runtime/follow-live.js'),
    ]);
    const follow: AppOptions['follow'] = (onEvent, onGone) => followLive(channel ?? '', { onEvent, onGone });
    return runApp({ file: database, prices, runId: run, follow: channel === undefined ? undefined : follow, paneKeys });
  }
  // What is wrong with the database is better said before the screen is taken.
  const reader = openReader(database);
  const sessionId = session === undefined ? undefined : reader.sessionId(session);
  reader.close();
  // Loaded last: no other command pays for Ink and React.
  const { runApp } = await import('../../tui/app.js');
  await runApp({ file: database, prices, sessionId });
}
