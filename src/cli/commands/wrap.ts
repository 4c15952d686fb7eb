import type { Argv } from 'yargs';
import { describeError } from '../../format/describe-error.js';
import { readClaudeSettings } from '../../settings/claude/index.js';
import { serveBeside } from '../api-thread.js';
import type { ChildEnd } from '../child.js';
import { bypassingSettings, readClaudeSettingsEnv } from '../claude-settings.js';
import type { OptionsOf } from '../command-file.js';
import type { Config } from '../config.js';
import { loadConfig } from '../config-file.js';
import { customHeaders } from '../custom-headers.js';
import { UsageError } from '../errors.js';
import { createLastRequests, type LastRequests } from '../last-requests.js';
import { childEnvironment, planLaunch } from '../launch-plan.js';
import { chooseLayout, terminalsOf } from '../layout.js';
import { type Paths, resolvePaths } from '../paths.js';
import { runInLayout } from '../run-command.js';
import { SessionReport } from '../session-report.js';
import { notify } from '../stderr.js';
import { startTrace, type TraceSession } from '../trace-session.js';
import { type TrustFiles, writeTrustFiles } from '../trust-files.js';

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace wrap [options] -- <command…>\n\nRun a command and trace its Claude API traffic.')
    .option('layout', {
      choices: ['auto', 'split', 'tmux', 'none'] as const,
      describe: 'where to show the live panel: beside the command, in a tmux pane, or nowhere [default: ui.layout]',
    })
    .option('live', { type: 'boolean', default: false, describe: 'print a line to stderr for each API call' })
    .option('quiet', { type: 'boolean', default: false, describe: 'no summary line at the end' })
    .option('trust-env', {
      type: 'boolean',
      default: false,
      describe: 'let Python, curl and git run by the command trust the session too',
    })
    .example('claude-trace wrap -- claude', 'trace an interactive session, a live panel beside it')
    .example('claude-trace wrap -- claude -p "hello" | jq', "stdout is the command's own, byte for byte");
}

type Args = OptionsOf<typeof options>;

/** Runs the command under the proxy and ends as it ended. Whatever of ours fails, the command runs. */
export async function run(args: Args, command: readonly string[]): Promise<never> {
  if (command.length === 0) {
    throw new UsageError('Write the command to run after --, as in: claude-trace wrap -- claude');
  }
  const paths = resolvePaths(process.env);
  const config = await loadConfig(paths.configFile);
  if (!config.enabled || !config.capture_enabled) {
    notify(`tracing is off (${config.enabled ? 'capture_enabled' : 'enabled'} is false in the configuration).`);
    const { exitLike, runChild } = await import('../child.js');
    return exitLike(reportStart(await runChild(command, process.env, () => {})));
  }
  const settingsEnv = readClaudeSettingsEnv(process.env, process.cwd());
  const report = new SessionReport(args);
  const lastRequests = createLastRequests(args.quiet);
  // The proxy's threads start while execa loads, the largest module on the way to the child.
  const [trace, { exitLike, runChild }] = await Promise.all([
    tryToStart({ args, command, paths, config, settingsEnv, report, lastRequests }),
    import('../child.js'),
  ]);
  const hurry = new AbortController();
  const onLateSignal = (signal: NodeJS.Signals) => {
    if (lastRequests.stopsAt(signal)) hurry.abort();
  };
  if (!trace) return exitLike(reportStart(await runChild(command, process.env, onLateSignal)));
  const { session, environment: env } = trace;
  const layout = chooseLayout(args.layout ?? config['ui.layout'], terminalsOf(process.env));
  const stopApi = config['api.enabled']
    ? serveBeside({ paths, config, session, onProblem: (...p) => report.problem(...p) })
    : null;
  const end = reportStart(await runInLayout(layout, { command, env, session, paths, config, report, onLateSignal }));
  const [{ lost }] = await Promise.all([session.stop(hurry.signal), stopApi?.()]);
  lastRequests.end();
  trace.files.remove();
  if (lost > 0) report.problem('lost', `${lost} captured requests and responses could not be stored.`);
  report.print(end.startError === null, bypassingSettings(settingsEnv));
  return exitLike(end);
}

interface Launch {
  args: Args;
  command: readonly string[];
  paths: Paths;
  config: Config;
  settingsEnv: Record<string, string>;
  report: SessionReport;
  lastRequests: LastRequests;
}

interface RunningTrace {
  session: TraceSession;
  files: TrustFiles;
  environment: Record<string, string>;
}

/** Null when the proxy cannot start: the command then runs without it, after one warning. */
async function tryToStart(launch: Launch): Promise<RunningTrace | null> {
  const { args, command, paths, config, settingsEnv, report, lastRequests } = launch;
  let session: TraceSession | null = null;
  try {
    const claudeSettings = readClaudeSettings({ env: process.env, cwd: process.cwd(), command });
    const plan = planLaunch(config, { ...process.env, ...settingsEnv });
    for (const warning of plan.warnings) report.problem(warning, warning);
    session = await startTrace({
      plan,
      config,
      paths,
      authority: null,
      port: 0,
      command,
      secretHeaders: customHeaders([process.env.ANTHROPIC_CUSTOM_HEADERS, ...claudeSettings.customHeaders]),
      onCommitted: (rows) => report.committed(rows),
      onFact: (fact) => report.fact(fact),
      onUnstored: lastRequests.unstored,
      onProblem: (code, message) => report.problem(code, message),
    });
    const files = writeTrustFiles(session.certificatePem, process.env, args.trustEnv);
    return { session, files, environment: childEnvironment(process.env, plan, { ...session, ...files }) };
  } catch (error) {
    await session?.stop(AbortSignal.abort());
    notify(`cannot start the proxy, the command runs without being traced: ${describeError(error)}`);
    return null;
  }
}

/** A command that could not be started is told at once: everything after it would only distract. */
function reportStart(end: ChildEnd): ChildEnd {
  if (end.startError) notify(end.startError);
  return end;
}
