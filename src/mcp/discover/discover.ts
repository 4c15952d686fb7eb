import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Env } from '../../base/env.js';
import { matchesGlob } from '../../base/glob.js';
import { isRecord, type JsonRecord } from '../../base/json.js';
import { serverInRequests } from '../../model/mcp.js';
import {
  type ClaudeSettings,
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
import type { Config } from '../../settings/config.js';
import { type Candidate, candidatesOf, textsOf } from './entries.js';
import { type Invocation, readInvocation } from './invocation.js';
import type { KnownMcpServer, McpDecision } from './known-server.js';
import { pluginServers } from './plugins.js';
import { type Policies, readPolicies } from './policies.js';
import { secretsOf } from './secrets.js';

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
}

export interface DiscoveredMcpServers {
  servers: KnownMcpServer[];
  /** Files that could not be read, one sentence each. */
  problems: string[];
}

/**
 * Finds the MCP servers that Claude Code would use, in all its places, each with what may be done with it. One name is one
 * server: `--mcp-config` comes before the local scope, then the project's, the user's, and plugins (seen in 2.0.30 to 2.1.332).
 * `managed-mcp.json` replaces all of them. Where versions differ in what they start, a server is left alone. In a folder that is
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
  const servers = effective(candidates, session).map(
    ({ server, consent }): KnownMcpServer => ({
      name: server.name,
      scope: server.scope,
      transport: server.transport,
      url: server.url,
      entry: server.transport === 'stdio' ? server.entry : null,
      decision: decide(server, consent, session),
      secrets: [...new Set([...secretsOf(server, session.env), ...secretsOf(server, context.env)])],
    }),
  );
  return { servers, problems };
}

interface Session extends DiscoverContext {
  invocation: Invocation | null;
  /** What `.claude.json` says of the project, and of the worktree, which 2.0.30 asks. */
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
 * seen in 2.1.329 and 2.1.332), and not in older ones. What they forbid is left alone in any case.
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

type Consent = 'given' | 'unapproved' | 'refused' | 'duplicate';

/** One server for each name. A server that the user refused leaves its name to those of other scopes. */
function effective(candidates: readonly Candidate[], session: Session): { server: Candidate; consent: Consent }[] {
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

/** The first reason that applies. */
function decide(server: Candidate, consent: Consent, session: Session): McpDecision {
  const { invocation, policies, config, projects, isManaged, env } = session;
  const { name, scope, transport, entry } = server;
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
  if (!isStdio) return 'recorded';
  if (isManaged) return 'managed';
  if (policies.nameCommands) return 'policies';
  if (!config['mcp.stdio']) return 'stdio_off';
  if (invocation === null) return 'not_claude_code';
  return needsPlugin(entry) ? 'plugin_options' : 'recorded';
}

function isIncluded(name: string, config: McpConfig): boolean {
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

function recordAt(value: unknown, key: string): JsonRecord {
  const inner = isRecord(value) && Object.hasOwn(value, key) ? value[key] : null;
  return isRecord(inner) ? inner : {};
}
