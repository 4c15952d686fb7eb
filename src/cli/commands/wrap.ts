import type { Argv } from 'yargs';
import { describeError } from '../../base/error-text.js';
import { UsageError, UserError } from '../../base/errors.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import type { ApiAccess } from '../../runtime/measure/api-access.js';
import type { RulesFile } from '../../runtime/rules/read-rules.js';
import { readClaudeSettings } from '../../settings/claude/index.js';
import { loadConfig } from '../../settings/config-file.js';
import { withMcpOption } from '../../settings/mcp-option.js';
import { resolvePaths } from '../../settings/paths.js';
import { removeDeadRunFolders } from '../../settings/run-folder.js';
import { notify } from '../../text/output/stderr.js';
import { exitLike } from '../../wrap/child-end.js';
import { endRun } from '../../wrap/end-run.js';
import { createLastRequests } from '../../wrap/last-requests.js';
import type { Launch } from '../../wrap/launch.js';
import { whyNotThroughProxy } from '../../wrap/obstacles.js';
import { chooseLayout, terminalsOf } from '../../wrap/panel-layout.js';
import { loadLayout, runInLayout, runUntraced } from '../../wrap/run-command.js';
import { startServices } from '../../wrap/services.js';
import { SessionReport } from '../../wrap/session-report.js';
import { startRun } from '../../wrap/start-run.js';
import type { OptionsOf } from '../command-file.js';
import { notEmpty } from '../options/shared-options.js';

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace wrap [options] -- <command…>\n\nRuns a command and traces its Claude API traffic.')
    .option('layout', {
      choices: ['auto', 'split', 'tmux', 'none'] as const,
      describe: 'live panel: split (next to the command), tmux (a pane), none, or auto  [default: ui.layout]',
    })
    .option('live', { type: 'boolean', default: false, describe: 'print a line to stderr for each API call' })
    .option('quiet', { type: 'boolean', default: false, describe: 'print no summary at the end' })
    .option('mcp', {
      type: 'boolean',
      describe: 'also record stdio MCP servers; --no-mcp records none',
    })
    .option('replay', {
      type: 'string',
      array: true,
      describe: 'replay the MCP servers of this session, or of these tapes, instead of starting them',
    })
    .option('rules', {
      type: 'string',
      describe: 'apply the rules of this file to messages of MCP servers; also records stdio servers',
    })
    .option('replay-api', {
      type: 'string',
      describe:
        'answer from this recorded session in place of the API (its id, its name, or last), without a key and at no cost',
    })
    .option('measure', {
      type: 'boolean',
      default: false,
      describe: 'afterwards, count exact tokens with the API (see `measure`)',
    })
    .option('trust-env', {
      type: 'boolean',
      default: false,
      describe: 'also make Python, curl and git trust the certificate, if the command runs them',
    })
    .example('claude-trace wrap -- claude', 'trace an interactive session next to a live panel')
    .example('claude-trace wrap -- claude -p "hello" | jq', "stdout is the command's own, byte for byte");
}

type Args = OptionsOf<typeof options>;

/** Runs the command behind the proxy and ends as it ended. The command runs even if everything of ours fails. */
export async function run(args: Args, command: readonly string[]): Promise<never> {
  if (command.length === 0) {
    throw new UsageError('Write the command to run after --, as in: claude-trace wrap -- claude');
  }
  const access = args.measure ? await accessToApi(args) : null;
  const startedAt = Date.now();
  const asked = await readLaunch(args, command);
  const whyNot = whyNotTraced(asked);
  if (whyNot !== null) {
    refuseUntraced(args, whyNot);
    notify(whyNot);
    return exitLike(await runUntraced(command, () => {}));
  }
  const report = new SessionReport({ ...args, quiet: args.quiet || args.replayApi !== undefined });
  const launch = await withReplays(asked, args, report);
  const lastRequests = createLastRequests(args.quiet);
  const hurry = new AbortController();
  const endMeasuring = new AbortController();
  const onLateSignal = (signal: NodeJS.Signals) => {
    endMeasuring.abort();
    if (lastRequests.stopsAt(signal)) hurry.abort();
  };
  const { paths, config } = launch;
  const layout = chooseLayout(args.layout ?? config['ui.layout'], terminalsOf(process.env));
  const traced = await startRun(launch, report, lastRequests.unstored, () => loadLayout(layout));
  if (traced === null) return exitLike(await runUntraced(command, onLateSignal));
  void removeDeadRunFolders();
  const services = await startServices(launch, traced.session, report);
  const end = await runInLayout(layout, { ...traced, paths, config, report, onLateSignal });
  try {
    const { quiet } = args;
    await endRun({ launch, run: traced, services, report, lastRequests, end, quiet, hurry: hurry.signal });
    if (access !== null) {
      const { runId } = traced.session;
      const { measureRun } = await import('../measure-run.js');
      await measureRun({ launch, runId, startedAt, access, quiet, signal: endMeasuring.signal });
    }
  } catch (error) {
    // The command has ended, and so do we, as it did.
    notify(`The report of this run is not complete: ${describeError(error)}`);
  }
  return exitLike(end);
}

/** The access to the API that `--measure` needs. @throws UsageError, UserError: nothing is started then */
async function accessToApi({ replayApi }: Args): Promise<ApiAccess> {
  if (replayApi !== undefined) throw new UsageError('--measure is for what the API bills: leave out --replay-api.');
  const { neededAccess } = await import('../measure-texts.js');
  return neededAccess(process.env);
}

/** The launch that the arguments ask for, without its replays. @throws UsageError, RulesError: nothing is started then */
async function readLaunch(args: Args, command: readonly string[]): Promise<Launch> {
  const paths = resolvePaths(process.env);
  const rulesFile = notEmpty('rules', args.rules);
  const named = rulesFile === undefined ? null : await readNamedRules(rulesFile, args.mcp);
  const config = withMcpOption(await loadConfig(paths.configFile), named === null ? args.mcp : true);
  return {
    command,
    paths,
    config,
    rules: await configuredRules(config, paths.configFile),
    named,
    settings: readClaudeSettings({ env: process.env, cwd: process.cwd(), command }),
    replay: null,
    apiReplay: null,
    withBundle: args.trustEnv,
  };
}

/** @throws UsageError, RulesError */
async function readNamedRules(file: string, mcp: boolean | undefined): Promise<RulesFile> {
  if (mcp === false) throw new UsageError('--rules apply to messages of MCP servers: leave out --no-mcp.');
  const { readRules } = await import('../../runtime/rules/read-rules.js');
  return readRules(file);
}

function whyNotTraced({ config, settings }: Launch): string | null {
  if (config.enabled && config.capture_enabled) return whyNotThroughProxy({ settings, env: process.env });
  return `tracing is off (${config.enabled ? 'capture_enabled' : 'enabled'} is false in the configuration).`;
}

/** @throws UserError for options that need a trace: without it, the servers themselves would start, and the API be called */
function refuseUntraced({ replay, replayApi, rules }: Args, whyNot: string): void {
  if ((replay ?? replayApi) !== undefined) throw new UserError(`Nothing was started: ${whyNot}`);
  if (rules !== undefined) throw new UsageError(`--rules needs the proxy: ${whyNot}`);
}

/** Adds the replays of `--replay` and `--replay-api`. @throws UserError: nothing is started then */
async function withReplays(launch: Launch, args: Args, report: SessionReport): Promise<Launch> {
  const { command, paths, config, settings } = launch;
  const session = notEmpty('replay-api', args.replayApi);
  const replay =
    args.replay === undefined
      ? null
      : await (await import('../replay/prepare-replay.js')).prepareReplay(args.replay, command, config);
  if (session === undefined) return { ...launch, replay };
  try {
    const { startReplayedApi } = await import('../../wrap/replayed-api/replayed-api.js');
    const onProblem = report.problem;
    const apiReplay = await startReplayedApi({ session, speed: 'max', paths, env: process.env, settings, onProblem });
    return { ...launch, replay, apiReplay, paths: apiReplay.paths };
  } catch (error) {
    replay?.remove();
    throw error;
  }
}
