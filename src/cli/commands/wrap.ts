import type { Argv } from 'yargs';
import { describeError } from '../../base/error-text.js';
import { UsageError, UserError } from '../../base/errors.js';
import { discoverWithAgents, type KnownMcpServer } from '../../mcp/discover/index.js';
import type { RuleSet } from '../../rules/index.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import { childEnvironment, type LaunchPlan, planLaunch, ruledServers } from '../../runtime/launch-plan.js';
import type { RulesFile } from '../../runtime/rules/read-rules.js';
import { streamTelemetry } from '../../runtime/stream-telemetry.js';
import { serveBeside } from '../../runtime/threads/api-supervisor.js';
import { ProxyTap } from '../../runtime/threads/proxy-tap.js';
import { startTrace, type TraceSession } from '../../runtime/trace-session.js';
import { budgetsOf } from '../../settings/budgets.js';
import { type ClaudeSettings, describeOrigin, readClaudeSettings } from '../../settings/claude/index.js';
import type { Config } from '../../settings/config.js';
import { loadConfig } from '../../settings/config-file.js';
import { customHeaders } from '../../settings/custom-headers.js';
import { withMcpOption } from '../../settings/mcp-option.js';
import { type Paths, resolvePaths } from '../../settings/paths.js';
import { removeDeadRunFolders } from '../../settings/run-folder.js';
import { notify } from '../../text/output/stderr.js';
import { printableLine } from '../../text/text.js';
import { budgetNotices } from '../../wrap/budget-notices.js';
import { type ChildEnd, exitLike } from '../../wrap/child-end.js';
import { createLastRequests, type LastRequests } from '../../wrap/last-requests.js';
import { mcpNotice } from '../../wrap/mcp-notice.js';
import { findObstacles, networkSettings, whyNotThroughProxy } from '../../wrap/obstacles.js';
import { chooseLayout, terminalsOf } from '../../wrap/panel-layout.js';
import type { ReplayedApi } from '../../wrap/replayed-api/replayed-api.js';
import { loadLayout, runInLayout } from '../../wrap/run-command.js';
import { SessionReport } from '../../wrap/session-report.js';
import { type ShimFiles, type ShimOptions, writeShimFiles } from '../../wrap/shim-files.js';
import { readExtraCertificates, type TrustFiles, writeTrustFiles } from '../../wrap/trust-files.js';
import { unruledServers } from '../../wrap/unruled-servers.js';
import type { OptionsOf } from '../command-file.js';
import { notEmpty } from '../options/shared-options.js';
import type { Replay } from '../replay/prepare-replay.js';

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace wrap [options] -- <command…>\n\nRuns a command and traces its Claude API traffic.')
    .option('layout', {
      choices: ['auto', 'split', 'tmux', 'none'] as const,
      describe: 'where to show the live panel: beside the command, in a tmux pane, or nowhere  [default: ui.layout]',
    })
    .option('live', { type: 'boolean', default: false, describe: 'print a line to stderr for each API call' })
    .option('quiet', { type: 'boolean', default: false, describe: 'print no summary at the end' })
    .option('mcp', {
      type: 'boolean',
      describe: 'also record MCP servers that are programs (--mcp), or no MCP servers at all (--no-mcp)',
    })
    .option('replay', {
      type: 'string',
      array: true,
      describe: 'replay the MCP servers of this session, or of these tapes, instead of starting them',
    })
    .option('rules', {
      type: 'string',
      requiresArg: true,
      describe: 'apply the rules of this file to messages of MCP servers; also records servers that are programs',
    })
    .option('replay-api', {
      type: 'string',
      describe:
        'answer from this recorded session in place of the API (its id, its name, or last), without key or tokens',
    })
    .option('measure', {
      type: 'boolean',
      default: false,
      describe: 'when the command has ended, have the API count what its bills leave open, as `measure` does',
    })
    .option('trust-env', {
      type: 'boolean',
      default: false,
      describe: 'also make Python, curl and git trust the certificate, if the command runs them',
    })
    .example('claude-trace wrap -- claude', 'trace an interactive session beside a live panel')
    .example('claude-trace wrap -- claude -p "hello" | jq', "stdout is the command's own, byte for byte");
}

type Args = OptionsOf<typeof options>;

/** Runs the command behind the proxy and ends as it ended. The command runs even if everything of ours fails. */
export async function run(args: Args, command: readonly string[]): Promise<never> {
  if (command.length === 0) {
    throw new UsageError('Write the command to run after --, as in: claude-trace wrap -- claude');
  }
  if (args.measure && args.replayApi !== undefined) {
    throw new UsageError('--measure is for what the API bills: leave out --replay-api.');
  }
  // Its error comes before anything is started.
  const access = args.measure ? (await import('../measure-texts.js')).neededAccess(process.env) : null;
  const startedAt = Date.now();
  const ownPaths = resolvePaths(process.env);
  const named = args.rules === undefined ? null : await readNamedRules(args.rules, args.mcp);
  const config = withMcpOption(await loadConfig(ownPaths.configFile), named === null ? args.mcp : true);
  const rules = await configuredRules(config, ownPaths.configFile);
  const settings = readClaudeSettings({ env: process.env, cwd: process.cwd(), command });
  const whyNot =
    !config.enabled || !config.capture_enabled
      ? `tracing is off (${config.enabled ? 'capture_enabled' : 'enabled'} is false in the configuration).`
      : whyNotThroughProxy({ settings, env: process.env });
  // Without us, the servers themselves would be started, and the API asked.
  if (whyNot !== null && (args.replay ?? args.replayApi) !== undefined) {
    throw new UserError(`Nothing was started: ${whyNot}`);
  }
  if (whyNot !== null) {
    if (named !== null) throw new UsageError(`--rules needs the proxy: ${whyNot}`);
    notify(whyNot);
    const { runChild } = await import('../../wrap/child.js');
    return exitLike(reportStart(await runChild(command, process.env, () => {})));
  }
  const replay =
    args.replay === undefined
      ? null
      : await (await import('../replay/prepare-replay.js')).prepareReplay(args.replay, command, config);
  const report = new SessionReport({ ...args, quiet: args.quiet || args.replayApi !== undefined });
  const apiReplay = await startApiReplay({ args, paths: ownPaths, settings, report, replay });
  const paths = apiReplay?.paths ?? ownPaths;
  const lastRequests = createLastRequests(args.quiet);
  const layout = chooseLayout(args.layout ?? config['ui.layout'], terminalsOf(process.env));
  const [trace] = await Promise.all([
    tryToStart({ args, command, paths, config, rules, named, settings, report, lastRequests, replay, apiReplay }),
    // The largest modules that the child needs load while the proxy's thread starts.
    loadLayout(layout),
  ]);
  const hurry = new AbortController();
  const endMeasuring = new AbortController();
  const onLateSignal = (signal: NodeJS.Signals) => {
    endMeasuring.abort();
    if (lastRequests.stopsAt(signal)) hurry.abort();
  };
  if (!trace) {
    const { runChild } = await import('../../wrap/child.js');
    return exitLike(reportStart(await runChild(command, process.env, onLateSignal)));
  }
  void removeDeadRunFolders();
  const { session, environment: env } = trace;
  const stopApi = config['api.enabled']
    ? serveBeside({ paths, config, session, onProblem: (...p) => report.problem(...p) })
    : null;
  // A replay costs nothing, and its answers were sent when they were captured.
  const sent = apiReplay === null ? config : { ...config, 'otlp.endpoint': null };
  const stopTelemetry = await streamTelemetry({
    paths,
    config: sent,
    session,
    onProblem: (...p) => report.problem(...p),
  });
  const closeChannel = named && (await openRun(named, paths, session, report));
  const traced = { command: trace.command, env, session, paths, config, report, onLateSignal };
  const end = reportStart(await runInLayout(layout, traced));
  try {
    const [{ lost }] = await Promise.all([session.stop(hurry.signal), stopApi?.()]);
    await stopTelemetry(hurry.signal);
    lastRequests.end();
    closeChannel?.();
    trace.files.remove();
    trace.shims?.remove();
    replay?.remove();
    if (lost > 0) report.problem('lost', `${lost} captured requests and responses could not be stored.`);
    const mcp = args.quiet ? [] : await mcpNotice(paths.database, session.runId, trace.mcpServers);
    report.print(end.startError === null, {
      obstacles: findObstacles({ settings, env: process.env, plan: trace.plan }),
      network: networkSettings(settings),
      budgets: args.quiet ? [] : await budgetNotices(budgetsOf(config), paths.database, report.sessionId),
      mcp,
    });
    if (apiReplay !== null && !args.quiet) {
      for (const sentence of [...apiReplay.summary(), ...mcp]) notify(`${sentence}.`);
    }
    await apiReplay?.close();
    if (access !== null) {
      const { database } = paths;
      const run = { database, runId: session.runId, startedAt, config, access, quiet: args.quiet };
      await (await import('../measure-run.js')).measureRun({ ...run, signal: endMeasuring.signal });
    }
  } catch (error) {
    // The command has ended, and so do we, as it did.
    notify(`the report of this run is not complete: ${describeError(error)}`);
  }
  return exitLike(end);
}

/** `rules status` and `rules resume` find the run. @returns ends that; null where it is not possible, and the panel still is */
async function openRun(
  { file }: RulesFile,
  paths: Paths,
  session: TraceSession,
  report: SessionReport,
): Promise<(() => void) | null> {
  try {
    const { openToOthers } = await import('../../runtime/live-runs.js');
    return await openToOthers(paths, session, file);
  } catch (error) {
    report.problem('no_channel', `Paused messages can be resumed in the panel only: ${describeError(error)}.`);
    return null;
  }
}

/** @throws UsageError, RulesError: nothing is started then */
async function readNamedRules(file: string, mcp: boolean | undefined): Promise<RulesFile> {
  if (mcp === false) throw new UsageError('--rules apply to messages of MCP servers: leave out --no-mcp.');
  const { readRules } = await import('../../runtime/rules/read-rules.js');
  return readRules(file);
}

/** Null without `--replay-api`. */
async function startApiReplay(
  launch: Pick<Launch, 'args' | 'paths' | 'settings' | 'report' | 'replay'>,
): Promise<ReplayedApi | null> {
  const { args, paths, settings, report, replay } = launch;
  const session = notEmpty('replay-api', args.replayApi);
  if (session === undefined) return null;
  const { startReplayedApi } = await import('../../wrap/replayed-api/replayed-api.js');
  const onProblem = (code: string, sentence: string) => report.problem(code, sentence);
  try {
    return await startReplayedApi({ session, speed: 'max', paths, env: process.env, settings, onProblem });
  } catch (error) {
    replay?.remove();
    throw error;
  }
}

interface Launch {
  args: Args;
  command: readonly string[];
  paths: Paths;
  config: Config;
  rules: RuleSet | null;
  settings: ClaudeSettings;
  named: RulesFile | null;
  report: SessionReport;
  lastRequests: LastRequests;
  replay: Replay | null;
  /** Takes the place of the API; null without `--replay-api`. */
  apiReplay: ReplayedApi | null;
}

interface RunningTrace {
  session: TraceSession;
  plan: LaunchPlan;
  /** Null: recording of MCP servers is off. */
  mcpServers: readonly KnownMcpServer[] | null;
  files: TrustFiles;
  shims: ShimFiles | null;
  /** The command as it is started. */
  command: readonly string[];
  environment: Record<string, string>;
}

/**
 * Null when the proxy cannot start: the user is warned, and the command runs without it.
 * @throws Error when there is something to replay: the command must not start the servers themselves, or ask the API
 */
async function tryToStart(launch: Launch): Promise<RunningTrace | null> {
  const { args, command, paths, config, rules, named, settings, report, lastRequests, replay, apiReplay } = launch;
  let session: TraceSession | null = null;
  let shims: ShimFiles | null = null;
  try {
    const discovered = config['mcp.enabled']
      ? await discoverWithAgents({ env: process.env, cwd: process.cwd(), command, config, settings })
      : null;
    const mcp = discovered && {
      ...discovered,
      ...(replay && { servers: replay.inPlaceOf(discovered.servers, (text) => report.problem('not_replayed', text)) }),
    };
    const claudeEnv = { ...process.env, ...settings.values };
    const planned = planLaunch(config, claudeEnv, mcp?.servers);
    const plan = apiReplay?.route(planned) ?? planned;
    for (const warning of plan.warnings) report.problem(warning, withPlace(warning, settings));
    for (const problem of [...settings.problems, ...(mcp?.problems ?? [])]) report.problem(problem, problem);
    const setting = settings.env.get('NODE_EXTRA_CA_CERTS')?.value;
    const noteUnread = (message: string) => report.problem('extra_ca', message);
    const ofSettings =
      setting === undefined ? null : readExtraCertificates(setting, (why) => noteUnread(withPlace(why, settings)));
    const shimOptions = { servers: mcp?.servers ?? [], command, env: claudeEnv, rules: named?.text ?? null };
    shims = replay ? writeShimFiles(shimOptions) : prepareShims(shimOptions, report);
    const leftOut = shims?.leftOut ?? [];
    const unplayed =
      mcp?.servers.filter(({ name, replayed }) => replayed !== undefined && leftOut.includes(name)) ?? [];
    if (unplayed.length > 0) {
      const names = unplayed.map(({ name }) => printableLine(name)).join(', ');
      throw new UserError(`Nothing was started: there are too many tapes of these servers: ${names}.`);
    }
    if (leftOut.length > 0) report.problem('left_out', notRecorded(leftOut));
    const http = { hosts: plan.ruledHosts, servers: ruledServers(mcp?.servers ?? [], plan) };
    const unruled = named ? unruledServers(mcp?.servers ?? [], shims, http.servers) : [];
    // At once: whoever relies on a rule must know it before the command runs.
    if (unruled.length > 0) notify(notRuled(unruled));
    const proxy = new ProxyTap({
      plan,
      authority: null,
      port: 0,
      ca: [...(ofSettings ?? []), ...(apiReplay === null ? [] : [apiReplay.caPem])],
      expectsRefusal: ofSettings !== null,
      shimSocket: shims?.socket ?? null,
      rules: named && { ...named, copy: shims?.rules ?? null, http },
      onFact: (fact) => {
        // The replay names hosts that it gave no way to.
        const isRefused = apiReplay !== null && fact.type === 'failed' && fact.failure.kind === 'upstream_proxy';
        if (!isRefused) report.fact(fact);
      },
    });
    session = await startTrace({
      taps: [proxy],
      config,
      paths,
      command,
      secretHeaders: customHeaders([process.env.ANTHROPIC_CUSTOM_HEADERS, ...settings.customHeaders]),
      mcpServers: mcp?.servers ?? null,
      mcpHosts: plan.mcpHosts,
      rules: rules || named ? { set: rules, isRuled: named !== null } : null,
      onCommitted: (rows) => report.committed(rows),
      recordsLater: true,
      onUnstored: lastRequests.unstored,
      onProblem: (code, message) => report.problem(code, message),
    });
    const files = writeTrustFiles({
      ca: proxy.listening.certificatePem,
      inherited: readExtraCertificates(process.env.NODE_EXTRA_CA_CERTS, noteUnread),
      ofSettings,
      withBundle: args.trustEnv,
      env: process.env,
    });
    const ownEnv = { ...childEnvironment(process.env, plan, { ...proxy.listening, ...files }), ...shims?.env };
    const ownCommand = shims?.command ?? command;
    return {
      ...{ session, plan, mcpServers: mcp?.servers ?? null, files, shims },
      command: apiReplay?.command(ownCommand) ?? ownCommand,
      environment: apiReplay?.environment(ownEnv) ?? ownEnv,
    };
  } catch (error) {
    await session?.stop(AbortSignal.abort());
    shims?.remove();
    replay?.remove();
    await apiReplay?.close();
    if (replay !== null || apiReplay !== null) throw error;
    const reason = withPlace(describeError(error), settings);
    const what = named === null ? 'without being traced' : 'without being traced and without rules';
    notify(`cannot start the proxy, the command runs ${what}: ${reason}`);
    return null;
  }
}

/** Null when no server is started through a shim. */
function prepareShims(options: ShimOptions, report: SessionReport): ShimFiles | null {
  try {
    return writeShimFiles(options);
  } catch (error) {
    report.problem('no_shims', `MCP servers that are programs were not recorded: ${describeError(error)}.`);
    return null;
  }
}

function notRuled(servers: readonly string[]): string {
  return `rules do not act on these MCP servers: ${servers.map(printableLine).join(', ')}.`;
}

function notRecorded(servers: readonly string[]): string {
  const names = servers.map(printableLine).join(', ');
  return `MCP servers that were not recorded, since their entries are not valid, too long, or use variables that are not set: ${names}.`;
}

/** Reports at once that a command could not be started: what follows would only distract. */
function reportStart(end: ChildEnd): ChildEnd {
  if (end.startError) notify(end.startError);
  return end;
}

/** Adds the place of the setting that a sentence begins with. */
function withPlace(sentence: string, settings: ClaudeSettings): string {
  const setting = settings.env.get(/^\w+/.exec(sentence)?.[0] ?? '');
  return setting ? `${sentence} (It is set in ${describeOrigin(setting)}.)` : sentence;
}
