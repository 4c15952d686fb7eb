import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isRecord, type JsonRecord } from '../../base/json.js';
import {
  foldersUp,
  gitRoot,
  managedFolders,
  type PlacedSettings,
  parseSettings,
  projectFolder,
  type ReadSettings,
  readSettingsFile,
  readSettingsOptions,
} from '../../settings/claude/index.js';
import { readAgentServers } from './agents.js';
import { type DiscoverContext, decide, decideOfAgent, effective, type Session } from './decide.js';
import { type Candidate, candidatesOf, textsOf } from './entries.js';
import { readInvocation } from './invocation.js';
import type { KnownMcpServer, McpDecision } from './known-server.js';
import { pluginServers } from './plugins.js';
import { readPolicies } from './policies.js';
import { secretsOf } from './secrets.js';

export interface DiscoveredMcpServers {
  servers: KnownMcpServer[];
  /** Files that could not be read, one sentence each. */
  problems: string[];
}

/** Finds the servers, including those in definitions of agents. */
export async function discoverWithAgents(context: DiscoverContext): Promise<DiscoveredMcpServers> {
  const agents = context.config['mcp.enabled'] ? await readAgentServers(context) : [];
  return discoverMcpServers({ ...context, agents });
}

/**
 * Finds the MCP servers that Claude Code would use, in all its places, each with what may be done with it. One name is one
 * server: `--mcp-config` comes before the local scope, then the project's, the user's, and plugins (seen in 2.0.30 to 2.1.332).
 * `managed-mcp.json` replaces all of them. Where versions differ in what they start, a server is not touched. In a folder that is
 * not trusted yet, no server starts before the user has trusted it, `--mcp-config` or not.
 */
export function discoverMcpServers(context: DiscoverContext): DiscoveredMcpServers {
  const problems: string[] = [];
  if (!context.config['mcp.enabled']) return { servers: [], problems };
  const { settings, cwd } = context;
  const [managedFile] = managedServers(context, problems);
  const invocation = readInvocation(context.command);
  const restricting = restrictingPlaces(cwd);
  const state = settings.places.find(({ origin }) => origin.scope === 'global')?.settings ?? {};
  const session: Session = {
    ...context,
    // Settings win over the process's environment (2.1.197 and 2.1.332; 2.0.30 expands from the process's alone).
    env: { ...context.env, ...settings.values },
    invocation,
    projects: [projectFolder(cwd), gitRoot(cwd) ?? cwd].map((folder) => recordAt(recordAt(state, 'projects'), folder)),
    allowing: settings.places.filter((place) => !restricting.some(({ origin }) => origin.file === place.origin.file)),
    restricting,
    refused: [...settings.places, ...restricting].flatMap((place) => textsOf(place.settings.disabledMcpjsonServers)),
    policies: readPolicies([...settings.places, ...restricting]),
    isManaged: managedFile !== undefined,
    problems,
  };
  const candidates = managedFile ?? configuredServers(session, state);
  const known = (server: Candidate, decision: McpDecision): KnownMcpServer => ({
    name: server.name,
    scope: server.scope,
    transport: server.transport,
    url: server.url,
    entry: server.transport === 'stdio' ? server.entry : null,
    decision,
    secrets: [...new Set([...secretsOf(server, session.env), ...secretsOf(server, context.env)])],
  });
  const servers = [
    ...effective(candidates, session).map(({ server, consent }) => known(server, decide(server, consent, session))),
    ...agentServers(session).map((server) => known(server, decideOfAgent(server, session))),
    ...(invocation?.isSession && invocation.hasUnreadPlugins ? [known(UNREAD_PLUGIN, 'unread_plugin')] : []),
  ];
  return { servers, problems };
}

/** In place of servers that are not known. */
const UNREAD_PLUGIN: Candidate = {
  name: 'plugins of --plugin-url, or archives',
  scope: 'plugin',
  transport: 'stdio',
  entry: {},
  command: [],
  url: null,
};

/** The servers of `managed-mcp.json`; none without such a file. One that cannot be read counts, as it does for Claude Code. */
function managedServers(context: DiscoverContext, problems: string[]): Candidate[][] {
  const folders = context.managedFolders ?? managedFolders(process.platform);
  return folders
    .map((folder) => join(folder, 'managed-mcp.json'))
    .filter((file) => existsSync(file))
    .map((file) => candidatesOf(serversIn(readSettingsFile(file), problems), 'managed', context.env));
}

/** Lowest precedence first. */
function configuredServers(session: Session, state: JsonRecord): Candidate[] {
  const { env, cwd, command, invocation, allowing, restricting, projects, problems } = session;
  const { sources } = readSettingsOptions(command);
  const given = (invocation?.mcpConfigs ?? []).flatMap((value) =>
    candidatesOf(serversIn(givenConfig(value, cwd), problems), 'command line', env),
  );
  if (invocation?.isStrict) return given;
  const ofSource = (source: string, found: () => Candidate[]) =>
    sources === null || sources.includes(source) ? found() : [];
  return [
    ...pluginServers({ allowing, restricting }, { env, cwd, folders: invocation?.pluginFolders ?? [] }),
    ...ofSource('user', () => candidatesOf(state.mcpServers, 'user', env)),
    ...ofSource('project', () =>
      foldersUp(cwd)
        .reverse()
        .flatMap((folder) =>
          candidatesOf(serversIn(readSettingsFile(join(folder, '.mcp.json')), problems), 'project', env),
        ),
    ),
    ...ofSource('local', () => candidatesOf(projects[0]?.mcpServers, 'local', env)),
    ...given,
  ];
}

/** A value that begins with a brace is JSON; any other names a file. */
function givenConfig(value: string, cwd: string): ReadSettings {
  if (value.trim().startsWith('{')) return parseSettings(value, '--mcp-config');
  return readSettingsFile(isAbsolute(value) ? value : join(cwd, value));
}

function serversIn(read: ReadSettings, problems: string[]): unknown {
  if (read === 'missing') return null;
  if ('settings' in read) return read.settings.mcpServers;
  problems.push(`${read.problem}: the MCP servers there are not known.`);
  return null;
}

/**
 * Settings of the repository's root count for a session in a folder below it, or in a worktree, in newer versions (the local file,
 * seen in 2.1.329 and 2.1.332), and not in older ones. Servers that they forbid are not touched in any case.
 */
function restrictingPlaces(cwd: string): PlacedSettings[] {
  const roots = [gitRoot(cwd) ?? cwd, projectFolder(cwd)].filter((root) => root !== cwd);
  const files = [...new Set(roots)].flatMap((root) =>
    ['settings.json', 'settings.local.json'].map((name) => join(root, '.claude', name)),
  );
  return files.flatMap((file) => {
    const read = readSettingsFile(file);
    if (read === 'missing' || !('settings' in read)) return [];
    return [{ origin: { scope: 'local' as const, file }, settings: read.settings }];
  });
}

function agentServers({ agents = [], command, env }: Session): Candidate[] {
  const { sources } = readSettingsOptions(command);
  return agents
    .filter(({ scope }) => sources === null || scope === 'command line' || sources.includes(scope))
    .flatMap(({ scope, entries }) => candidatesOf(entries, scope, env));
}

function recordAt(value: unknown, key: string): JsonRecord {
  const inner = isRecord(value) && Object.hasOwn(value, key) ? value[key] : null;
  return isRecord(inner) ? inner : {};
}
