import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../base/env.js';
import { UserError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import { withClaudeSettings } from '../../mcp/discover/index.js';
import type { Speed } from '../../mcp/replay/clock.js';
import type { ReplayedRequest } from '../../model/replayed-request.js';
import { type HostRule, matchesAny, parseHostRule, splitPort } from '../../proxy/index.js';
import type { LaunchPlan } from '../../runtime/launch-plan.js';
import { recordedApi } from '../../scripted/recorded/recorded-api.js';
import { readRecordedSession } from '../../scripted/recorded/recorded-session.js';
import { type ScriptedApi, startScriptedApi } from '../../scripted/scripted-api.js';
import { type ClaudeSettings, describeOrigin } from '../../settings/claude/index.js';
import type { Paths } from '../../settings/paths.js';
import { makeRunFolder } from '../../settings/run-folder.js';
import { openReader } from '../../store/index.js';
import { describeReplay, describeReplayed, type ReplayedCounts } from '../../text/reports/replayed-request.js';
import { printableLine } from '../../text/text.js';
import { findObstacles } from '../obstacles.js';
import { writeClaudeFolder } from './claude-folder.js';

/** The recorded session that answers in place of the API, and how a run reaches nothing else. */
export interface ReplayedApi {
  sessionId: string;
  /** Certificate of the authority that signs for the API. */
  caPem: string;
  /** Where the run is recorded: apart, since its requests cost nothing. */
  paths: Paths;
  /** The way to the API, which only leads to the recorded session; MCP servers are reached without it. */
  route(plan: LaunchPlan): LaunchPlan;
  environment(env: Record<string, string>): Record<string, string>;
  command(command: readonly string[]): readonly string[];
  /** What became of the requests of the run, and hosts that were called besides; sentences without a full stop. */
  summary(): string[];
  close(): Promise<void>;
}

export interface ReplayedApiOptions {
  /** Its id, the beginning of it, its name, or `last`. */
  session: string;
  speed: Speed;
  paths: Paths;
  /** Environment that Claude Code is started with. */
  env: Env;
  settings: ClaudeSettings;
  /** A request was not answered as recorded. Only the first are reported. */
  onProblem(code: string, sentence: string): void;
}

/** Must not occur in paths or texts: credentials are redacted wherever they occur. */
const PLACEHOLDER = 'replayed-without-a-key';

/**
 * The variables that give Claude Code its credentials, with their values in a replay. In its settings an empty value is like
 * an unset variable (2.0.30 and 2.1.332).
 */
const CREDENTIALS: Readonly<Record<string, string>> = {
  ANTHROPIC_AUTH_TOKEN: PLACEHOLDER,
  ANTHROPIC_API_KEY: '',
  ANTHROPIC_CUSTOM_HEADERS: '',
  CLAUDE_CODE_OAUTH_TOKEN: '',
  CLAUDE_CODE_OAUTH_REFRESH_TOKEN: '',
};

/** The setting that is a command whose output is the key. */
const HELPER = 'apiKeyHelper';

const MAX_REPORTED = 20;

/** Hosts that are named at the end. */
const MAX_REFUSED = 10;

/**
 * Starts the API of a recorded session on loopback. No credentials reach it: the run has a placeholder, and a folder of
 * Claude Code without the user's login.
 * @throws UserError where the session has no answers, or settings cannot be overridden; StoreError
 */
export async function startReplayedApi(options: ReplayedApiOptions): Promise<ReplayedApi> {
  const { speed, paths, env, settings, onProblem } = options;
  checkManaged(settings);
  const reader = openReader(paths.database);
  const folder = makeRunFolder();
  const refused = new Set<string>();
  const counts: ReplayedCounts = { equal: 0, similar: 0, none: 0 };
  let reported = 0;
  let hosts: HostRule[] = [];
  let api: ScriptedApi | null = null;

  function onRequest(request: ReplayedRequest): void {
    counts[request.match] += 1;
    const sentence = describeReplayed(request);
    if (sentence !== null && reported < MAX_REPORTED) onProblem(`replayed_${reported++}`, sentence);
  }

  async function close(): Promise<void> {
    await api?.close();
    reader.close();
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    const session = readRecordedSession(reader, reader.sessionId(options.session));
    if (session.requests.length === 0) throw new UserError(`Session ${session.sessionId} has no recorded answers.`);
    const configFolder = join(folder, 'claude');
    const aliases = [[configFolder, writeClaudeFolder(configFolder, env)]] as const;
    const settingsFile = join(folder, 'settings.json');
    writeFileSync(settingsFile, JSON.stringify(settingsOfRun(settings)), { mode: 0o600 });
    const isApiHost = (address: string) => {
      const { host, port } = splitPort(address);
      return matchesAny(hosts, host, port ?? 443);
    };
    const started = await startScriptedApi({
      script: recordedApi({ reader, session, speed, aliases, isApiHost, onRequest }),
      answerConnect({ target }) {
        if (isApiHost(target)) return 200;
        if (refused.size < MAX_REFUSED) refused.add(target);
        return 403;
      },
      keepsRequests: false,
    });
    api = started;
    return {
      sessionId: session.sessionId,
      caPem: started.caPem,
      paths: { ...paths, database: join(paths.dataDir, 'replays', 'trace.db') },
      route(plan) {
        const obstacle = findObstacles({ settings, env, plan }).find(({ kind }) => kind === 'route' || kind === 'mode');
        if (obstacle !== undefined) throw new UserError(`The API cannot be replayed: ${obstacle.message}`);
        hosts = plan.interceptHosts.filter((host) => !plan.mcpHosts.includes(host)).map(parseHostRule);
        const proxy = { protocol: 'http', host: '127.0.0.1', port: started.port, credentials: null } as const;
        return { ...plan, upstreamProxies: { https: proxy, http: proxy }, noProxy: plan.mcpHosts.join(',') };
      },
      environment(given) {
        const child: Record<string, string> = { ...given, CLAUDE_CONFIG_DIR: configFolder };
        for (const name of Object.keys(CREDENTIALS)) delete child[name];
        return { ...child, ANTHROPIC_AUTH_TOKEN: PLACEHOLDER };
      },
      command: (command) => withClaudeSettings(command, settingsFile),
      summary: () => [
        `${describeReplay(session.sessionId, counts)}; nothing was sent to the API`,
        ...(refused.size > 0 ? [`Not reached in a replay: ${[...refused].map(printableLine).join(', ')}`] : []),
      ],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Those of `--settings`, if there are any, and what replaces credentials that other files set. */
function settingsOfRun({ places }: ClaudeSettings): object {
  const given = places.find(({ origin }) => origin.scope === 'command line')?.settings ?? {};
  const hasHelper = places.some(({ settings }) => settings[HELPER] !== undefined);
  return {
    ...given,
    env: { ...(isRecord(given.env) ? given.env : {}), ...CREDENTIALS },
    ...(hasHelper && { [HELPER]: `echo ${PLACEHOLDER}` }),
  };
}

/** @throws UserError where managed settings, which win over all others, set a credential */
function checkManaged({ places }: ClaudeSettings): void {
  for (const { origin, settings } of places.filter((place) => place.origin.scope === 'managed')) {
    const ofEnv = isRecord(settings.env) ? settings.env : {};
    const name = settings[HELPER] === undefined ? Object.keys(CREDENTIALS).find((each) => each in ofEnv) : HELPER;
    if (name === undefined) continue;
    throw new UserError(
      `The API cannot be replayed: ${describeOrigin(origin)} sets ${name}, which would be sent to the replay.`,
    );
  }
}
