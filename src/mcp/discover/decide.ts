import type { Env } from '../../base/env.js';
import { matchesGlob } from '../../base/glob.js';
import type { JsonRecord } from '../../base/json.js';
import { serverInRequests } from '../../model/mcp-names.js';
import type { ClaudeSettings, PlacedSettings } from '../../settings/claude/index.js';
import type { Config } from '../../settings/config.js';
import { MAIN } from '../../settings/locations.js';
import { recordsWithRules } from '../shim/nested-record.js';
import type { AgentServers } from './agents.js';
import { type Candidate, textsOf } from './entries.js';
import type { Invocation } from './invocation.js';
import type { McpDecision } from './known-server.js';
import type { Policies } from './policies.js';

export type McpConfig = Pick<Config, 'mcp.enabled' | 'mcp.stdio' | 'mcp.include' | 'mcp.exclude'>;

export interface DiscoverContext {
  /** Environment that Claude Code is started with. */
  env: Env;
  cwd: string;
  /** The command line that starts it. */
  command: readonly string[];
  config: McpConfig;
  /** Its settings, for the same environment, folder and command. */
  settings: ClaudeSettings;
  managedFolders?: readonly string[];
  /** Servers in definitions of agents. Default: none. */
  agents?: readonly AgentServers[];
}

/** The facts that decide about servers. */
export interface Session extends DiscoverContext {
  invocation: Invocation | null;
  /** The entries of `.claude.json` for the project, and for the worktree, which 2.0.30 reads. */
  projects: readonly JsonRecord[];
  /** Settings that all versions read; what others allow does not count. */
  allowing: readonly PlacedSettings[];
  restricting: readonly PlacedSettings[];
  /** Names in `disabledMcpjsonServers` of settings. */
  refused: readonly string[];
  policies: Policies;
  isManaged: boolean;
  problems: string[];
}

type Consent = 'given' | 'unapproved' | 'refused' | 'duplicate';

/** One server for each name. A server that the user refused leaves its name to those of other scopes. */
export function effective(
  candidates: readonly Candidate[],
  session: Session,
): { server: Candidate; consent: Consent }[] {
  const byName = new Map<string, { server: Candidate; consent: Consent }>();
  for (const server of candidates) {
    const consent = consentTo(server, session);
    if (consent !== 'refused' || !byName.has(server.name)) byName.set(server.name, { server, consent });
  }
  const all = [...byName.values()];
  const others = new Set(
    all.filter(({ server }) => server.scope !== 'plugin').map(({ server }) => JSON.stringify(server.command)),
  );
  return all.map(({ server, consent }) => {
    const isDuplicate = server.scope === 'plugin' && server.url === null && others.has(JSON.stringify(server.command));
    return { server, consent: isDuplicate ? 'duplicate' : consent };
  });
}

/**
 * Only servers of `.mcp.json` need an approval. In `-p` 2.1 starts them without one, 2.0.30 does not. 2.1 finds a refused one by its
 * name in requests, too.
 */
function consentTo({ name, scope }: Candidate, session: Session): Consent {
  if (scope !== 'project') return 'given';
  const places = [...session.projects, ...session.allowing.map(({ settings }) => settings)];
  const refused = [...session.refused, ...session.projects.flatMap((each) => textsOf(each.disabledMcpjsonServers))];
  if (refused.some((each) => serverInRequests(each) === serverInRequests(name))) return 'refused';
  const all = places.map((place) => place.enableAllProjectMcpServers).findLast((value) => typeof value === 'boolean');
  const isApproved = all === true || places.some((place) => textsOf(place.enabledMcpjsonServers).includes(name));
  return isApproved ? 'given' : 'unapproved';
}

/** Claude Code asks nobody about servers of an agent, once the folder is trusted. */
export function decideOfAgent(server: Candidate, session: Session): McpDecision {
  const decision = decide(server, 'given', { ...session, isManaged: false });
  return server.transport === 'stdio' && OF_AGENT.has(decision) ? 'of_agent' : decision;
}

/** They only matter for programs that could be recorded. */
const OF_AGENT: ReadonlySet<McpDecision> = new Set(['recorded', 'policies', 'stdio_off', 'plugin_options']);

/** The first reason that applies. */
export function decide(server: Candidate, consent: Consent, session: Session): McpDecision {
  const { invocation, policies, config, projects, isManaged, env } = session;
  const { name, scope, transport, entry, command } = server;
  const isStdio = transport === 'stdio';
  if (invocation !== null && !invocation.isSession) return 'no_session';
  if (invocation?.isSafe || isOn(env.CLAUDE_CODE_SAFE_MODE)) return 'mode';
  if (scope !== 'command line' && (invocation?.isReduced || isOn(env.CLAUDE_CODE_SIMPLE))) return 'mode';
  if (policies.isDenied(server)) return 'denied';
  const disabled = projects.flatMap((project) => textsOf(project.disabledMcpServers));
  if (disabled.some((each) => serverInRequests(each) === serverInRequests(name))) return 'disabled';
  if (consent === 'refused' || consent === 'duplicate') return consent;
  if (!isIncluded(name, config)) return 'excluded';
  if (consent === 'unapproved') return 'unapproved';
  if (transport === 'ws') return 'websocket';
  if (!isStdio) return 'recorded';
  if (isManaged) return 'managed';
  if (policies.nameCommands) return 'policies';
  if (!config['mcp.stdio']) return 'stdio_off';
  if (invocation === null) return 'not_claude_code';
  if (recordsWithRules(command, MAIN)) return 'records_itself';
  return needsPlugin(entry) ? 'plugin_options' : 'recorded';
}

/** By `mcp.include` and `mcp.exclude`. */
export function isIncluded(name: string, config: Pick<McpConfig, 'mcp.include' | 'mcp.exclude'>): boolean {
  const isNamed = (patterns: readonly string[]) => patterns.some((pattern) => matchesGlob(pattern, name));
  return isNamed(config['mcp.include']) && !isNamed(config['mcp.exclude']);
}

/** `${user_config.x}` is expanded from what the user chose for the plugin. */
function needsPlugin(entry: JsonRecord): boolean {
  return JSON.stringify(entry).includes('${user_config.');
}

function isOn(value: string | undefined): boolean {
  return /^(1|true|yes|on)$/i.test(value?.trim() ?? '');
}
