import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { isRunId } from '../../model/ids.js';
import { budgetsOf } from '../../settings/budgets.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import type { AppOptions } from '../../tui/app.js';
import { isDumb } from '../../tui/split/outside/terminal-kind.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { scopeOptions, sessionOption, toScope } from '../options/shared-options.js';

export function options(yargs: Argv) {
  return scopeOptions(
    sessionOption(
      yargs.usage(
        'claude-trace tui [options]\n\n' +
          'Browses what was captured: requests and what they contain, sources, sessions, advice. What other processes ' +
          'capture appears as it is stored. ? shows the keys.',
      ),
      'only this ',
    ),
  )
    .option('run', { type: 'string', hidden: true, describe: 'only this run of wrap, whose panel in tmux this is' })
    .option('pane-keys', { type: 'string', hidden: true, describe: 'the keys of tmux that lead to the other pane' })
    .option('channel', {
      type: 'string',
      hidden: true,
      describe: 'the socket of that wrap for answers that are coming',
    })
    .example('claude-trace tui', 'everything, newest first')
    .example('claude-trace tui --project .', 'requests of this folder')
    .example('claude-trace tui --session last', 'the latest session');
}

export async function run({ session, run, channel, paneKeys, ...scope }: OptionsOf<typeof options>): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError('tui needs a terminal; claude-trace query prints the same for pipes.');
  }
  const { TERM } = process.env;
  if (isDumb(process.env)) {
    throw new UsageError(
      `tui: a terminal of type ${TERM || 'unknown'} cannot be drawn on; claude-trace query prints the same as lines.`,
    );
  }
  const paths = resolvePaths(process.env);
  const { database, configFile } = paths;
  const config = await loadConfig(configFile);
  const { prices, 'ui.mouse': mouse } = config;
  const budgets = budgetsOf(config);
  if (run !== undefined) {
    if (!isRunId(run)) throw new UsageError(`--run: "${run}" is not the id of a run.`);
    const [{ runApp }, { followLive }] = await Promise.all([
      import('../../tui/app.js'),
      import('../../runtime/follow-live.js'),
    ]);
    const follow: AppOptions['follow'] = (onEvent, onGone) => followLive(channel ?? '', { onEvent, onGone }, true);
    return runApp({
      file: database,
      prices,
      budgets,
      mouse,
      runId: run,
      follow: channel === undefined ? undefined : follow,
      paneKeys,
    });
  }
  const { project, agent } = toScope(scope);
  // Problems with the database are reported before the screen is taken.
  const sessionId = await withReader(false, (reader) =>
    session === undefined ? undefined : reader.sessionId(session),
  );
  // Loaded last: no other command pays for Ink and React.
  const [{ runApp }, { followLiveRuns }] = await Promise.all([
    import('../../tui/app.js'),
    import('../../runtime/follow-live-runs.js'),
  ]);
  const follow: AppOptions['follow'] = (onEvent) =>
    followLiveRuns(paths, (messages) => onEvent({ type: 'paused', messages }));
  await runApp({ file: database, prices, budgets, mouse, sessionId, project, agent, follow });
}
