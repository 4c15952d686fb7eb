import { describeError } from '../base/error-text.js';
import type { KnownMcpServer } from '../mcp/discover/index.js';
import { childEnvironment, type LaunchPlan, planLaunch, ruledServers } from '../runtime/launch-plan.js';
import { ProxyTap } from '../runtime/threads/proxy-tap.js';
import { startTrace, type TraceSession } from '../runtime/trace-session.js';
import { type ClaudeSettings, describeOrigin } from '../settings/claude/index.js';
import { customHeaders } from '../settings/custom-headers.js';
import { notify } from '../text/output/stderr.js';
import type { Launch } from './launch.js';
import { findServers, shimsFor, warnOfUnruled } from './servers-of-run.js';
import type { SessionReport } from './session-report.js';
import { readExtraCertificates, writeTrustFiles } from './trust-files.js';

/** A run whose command can start. */
export interface StartedRun {
  session: TraceSession;
  plan: LaunchPlan;
  /** Null if MCP is not recorded. */
  mcpServers: readonly KnownMcpServer[] | null;
  /** The command as it is started, and its environment. */
  command: readonly string[];
  env: Record<string, string>;
  /** Removes the files that the command needs. */
  removeFiles(): void;
}

/**
 * Starts everything that must be there when the command starts.
 * @param whileStarting loads what the command needs, while the proxy's thread starts; never rejects
 * @returns null if that is not possible: the user is warned, and the command runs without a trace
 * @throws Error if something is replayed: the command must not start the servers themselves, or call the API
 */
export async function startRun(
  launch: Launch,
  report: SessionReport,
  onUnstored: (exchanges: number) => void,
  whileStarting: () => Promise<void>,
): Promise<StartedRun | null> {
  const { settings, named, replay, apiReplay } = launch;
  try {
    return await start(launch, report, onUnstored, whileStarting);
  } catch (error) {
    replay?.remove();
    await apiReplay?.close();
    if (replay !== null || apiReplay !== null) throw error;
    const reason = withPlace(describeError(error), settings);
    const what = named === null ? 'without being traced' : 'without being traced and without rules';
    notify(`Cannot start the proxy; the command runs ${what}: ${reason}`);
    return null;
  }
}

async function start(
  launch: Launch,
  report: SessionReport,
  onUnstored: (exchanges: number) => void,
  whileStarting: () => Promise<void>,
): Promise<StartedRun> {
  const { command, paths, config, settings, rules, named, replay, apiReplay } = launch;
  const found = await findServers(launch, report);
  const servers = found?.servers ?? [];
  const claudeEnv = { ...process.env, ...settings.values };
  const planned = planLaunch(config, claudeEnv, found?.servers);
  const plan = apiReplay?.route(planned) ?? planned;
  for (const warning of plan.warnings) report.problem(warning, withPlace(warning, settings));
  for (const problem of [...settings.problems, ...(found?.problems ?? [])]) report.problem(problem, problem);
  const ofSettings = certificatesOfSettings(settings, report);
  const shims = shimsFor(launch, servers, claudeEnv, report);
  let session: TraceSession | null = null;
  try {
    const http = { hosts: plan.ruledHosts, servers: ruledServers(servers, plan) };
    if (named !== null) warnOfUnruled(servers, shims, http.servers);
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
    const starting = startTrace({
      taps: [proxy],
      config,
      paths,
      command,
      secretHeaders: customHeaders([process.env.ANTHROPIC_CUSTOM_HEADERS, ...settings.customHeaders]),
      mcpServers: found?.servers ?? null,
      mcpHosts: plan.mcpHosts,
      rules: rules || named ? { set: rules, isRuled: named !== null } : null,
      onCommitted: (rows) => report.committed(rows),
      recordsLater: true,
      onUnstored,
      onProblem: report.problem,
    });
    // Loading modules blocks this thread, and would hold back the message that starts the other one.
    [session] = await Promise.all([starting, whileStarting()]);
    const trust = writeTrustFiles({
      ca: proxy.listening.certificatePem,
      inherited: readExtraCertificates(process.env.NODE_EXTRA_CA_CERTS, (why) => report.problem('extra_ca', why)),
      ofSettings,
      withBundle: launch.withBundle,
      env: process.env,
    });
    const ownEnv = { ...childEnvironment(process.env, plan, { ...proxy.listening, ...trust }), ...shims?.env };
    const ownCommand = shims?.command ?? command;
    return {
      session,
      plan,
      mcpServers: found?.servers ?? null,
      command: apiReplay?.command(ownCommand) ?? ownCommand,
      env: apiReplay?.environment(ownEnv) ?? ownEnv,
      removeFiles() {
        trust.remove();
        shims?.remove();
        replay?.remove();
      },
    };
  } catch (error) {
    await session?.stop(AbortSignal.abort());
    shims?.remove();
    throw error;
  }
}

/** Those of NODE_EXTRA_CA_CERTS in Claude Code's settings; null without that setting. */
function certificatesOfSettings(settings: ClaudeSettings, report: SessionReport): string[] | null {
  const file = settings.env.get('NODE_EXTRA_CA_CERTS')?.value;
  if (file === undefined) return null;
  return readExtraCertificates(file, (why) => report.problem('extra_ca', withPlace(why, settings)));
}

/** Adds the place of the setting that a sentence begins with. */
function withPlace(sentence: string, settings: ClaudeSettings): string {
  const setting = settings.env.get(/^\w+/.exec(sentence)?.[0] ?? '');
  return setting ? `${sentence} (It is set in ${describeOrigin(setting)}.)` : sentence;
}
