import type { SettingsEntry } from '../model/settings-entry.js';
import { deniedWith } from './built-in-tools.js';
import { connectorName, isPluginServer, isSkillName, memoryTargets, type PluginPart, type Target } from './targets.js';
import { type Method, triedWith } from './trials.js';
import { compareVersions, TRIED_VERSIONS } from './versions.js';

/** How to make Claude Code leave something out of its requests. */
export interface Setting {
  method: Method;
  action: Action;
  /** When it applies; null: always. */
  condition: Condition | null;
  /** Another effect, or a limit. */
  caveat: Caveat | null;
  /** Versions of Claude Code whose requests were seen to change by it, for this kind of target. Never empty. */
  verified: readonly string[];
}

export type Action =
  /** Write these into a settings file. */
  | { in: 'settings'; entries: readonly SettingsEntry[] }
  /** Type a command into a shell or a session, in the project. */
  | { in: 'shell' | 'session'; command: string }
  /** Remove the hooks of this event where they are defined. */
  | { in: 'hooks'; event: string };

export type Condition =
  | 'added_by_command'
  | 'in_mcp_json'
  | 'wherever_configured'
  | 'this_project_only'
  | 'server_of_plugin_only'
  | 'prefix_is_plugin'
  | 'prefix_is_folder'
  | 'hooks_removed_or_shortened';

export type Caveat =
  | 'server_spelling'
  | 'rest_of_plugin_stays'
  | 'writes_claude_json'
  | 'whole_plugin'
  | 'typed_skills_still_work'
  | 'imports_excluded'
  | 'no_notes_of_its_own'
  | 'all_hooks_were_tried'
  | 'results_truncated'
  | 'not_with_base_url';

/** Why there is no setting. */
export type Untried =
  | { reason: 'odd_name' | 'claude_ai_connector' | 'managed_file' | 'unknown_version' }
  | { reason: 'other_version'; version: string; oldest: string; newest: string }
  /** Without methods: none is known for it. */
  | { reason: 'not_tried'; version: string; methods: readonly Method[] }
  | { reason: 'tools_not_tried'; version: string | null; tools: readonly string[] };

/** The settings for something with one version of Claude Code. */
export interface Remedy {
  /** One of these works: which one depends on where the target was configured. */
  settings: readonly Setting[];
  /** Null where there is a setting, and where none is needed. */
  untried: Untried | null;
}

/** A setting that counts if its method was tried with all of `targets`. */
interface Candidate {
  method: Method;
  targets: readonly Target[];
  action: Action;
  condition?: Condition;
  caveat?: Caveat | null;
}

function remedyOf(version: string | null, candidates: readonly Candidate[]): Remedy {
  const settings = candidates.flatMap((candidate): Setting[] => {
    const { method, targets, action, condition = null, caveat = null } = candidate;
    const verified = triedWith(method, targets, version);
    return verified === null ? [] : [{ method, action, condition, caveat, verified }];
  });
  return settings.length > 0 ? { settings, untried: null } : noRemedy(whyUntried(version, candidates));
}

function noRemedy(untried: Untried): Remedy {
  return { settings: [], untried };
}

function whyUntried(version: string | null, candidates: readonly Candidate[]): Untried {
  const [oldest, newest] = [TRIED_VERSIONS[0], TRIED_VERSIONS.at(-1) ?? TRIED_VERSIONS[0]];
  if (version === null) return { reason: 'unknown_version' };
  if (compareVersions(version, newest) > 0 || compareVersions(version, oldest) < 0) {
    return { reason: 'other_version', version, oldest, newest };
  }
  return { reason: 'not_tried', version, methods: [...new Set(candidates.map(({ method }) => method))] };
}

/** A name that Claude Code itself could have written. Captured names may be anything, and these are pasted into a shell. */
const SERVER_NAME = /^[\w-]+$/;
const ODD_NAME = noRemedy({ reason: 'odd_name' });

function setting(path: readonly string[], value: unknown): Action {
  return { in: 'settings', entries: [{ path, value, isItem: false }] };
}

function items(path: readonly string[], values: readonly unknown[]): Action {
  return { in: 'settings', entries: values.map((value) => ({ path, value, isItem: true })) };
}

function deny(rules: readonly string[]): Action {
  return items(['permissions', 'deny'], rules);
}

/** The plugin that brings a server. */
export interface ServerPlugin extends PluginPart {
  /** Another part of it is used, so it must stay. */
  isUsed: boolean;
}

/**
 * Ways to disable an MCP server; which one works depends on where it was configured. Denying all of its tools is not one of
 * them: its instructions stay in the requests.
 * @param name as in the names of its tools, where everything but letters, digits, `_` and `-` has become `_`
 * @param plugin null when it has none, or it is not known which: `plugin_a_b_c` may be `a:b_c` or `a_b:c`
 */
export function disableServer(name: string, version: string | null, plugin: ServerPlugin | null = null): Remedy {
  if (!SERVER_NAME.test(name)) return ODD_NAME;
  if (connectorName(name) !== null) return noRemedy({ reason: 'claude_ai_connector' });
  if (isPluginServer(name)) return remedyOf(version, disablePluginServer(plugin));
  const caveat = name.includes('_') ? 'server_spelling' : null;
  const added: Target = 'server added with claude mcp add';
  const inFile: Target = 'server of .mcp.json';
  return remedyOf(version, [
    {
      method: 'claude mcp remove',
      targets: [added],
      action: { in: 'shell', command: `claude mcp remove ${name}` },
      condition: 'added_by_command',
      caveat,
    },
    {
      method: 'disabledMcpjsonServers',
      targets: [inFile],
      action: items(['disabledMcpjsonServers'], [name]),
      condition: 'in_mcp_json',
      caveat,
    },
    {
      method: 'deniedMcpServers',
      targets: [added, inFile],
      action: items(['deniedMcpServers'], [{ serverName: name }]),
      condition: 'wherever_configured',
      caveat,
    },
    disableInSession([added, inFile], 'this_project_only'),
  ]);
}

function disablePluginServer(plugin: ServerPlugin | null): Candidate[] {
  const targets: readonly Target[] = ['server of a plugin'];
  const inSession = disableInSession(targets, 'server_of_plugin_only');
  if (plugin === null) return [inSession];
  const action = items(['deniedMcpServers'], [{ serverName: `plugin:${plugin.plugin}:${plugin.name}` }]);
  return [
    ...(plugin.isUsed ? [] : [disableWholePlugin(plugin.plugin)]),
    { method: 'deniedMcpServers', targets, action, caveat: 'rest_of_plugin_stays' },
    inSession,
  ];
}

function disableInSession(targets: readonly Target[], condition: Condition): Candidate {
  return {
    method: '/mcp',
    targets,
    action: { in: 'session', command: '/mcp' },
    condition,
    caveat: 'writes_claude_json',
  };
}

/** All parts of a plugin: servers, skills, commands, agents, hooks. */
export function disablePlugin(name: string, version: string | null): Remedy {
  return SERVER_NAME.test(name) ? remedyOf(version, [disableWholePlugin(name)]) : ODD_NAME;
}

function disableWholePlugin(name: string): Candidate {
  const action: Action = { in: 'shell', command: `claude plugin disable ${name}` };
  return { method: 'claude plugin disable', targets: ['plugin'], action, caveat: 'whole_plugin' };
}

/** @param tools of MCP servers, as requests name them: `mcp__server__tool` */
export function denyServerTools(tools: readonly string[], version: string | null): Remedy {
  if (!tools.every((tool) => SERVER_NAME.test(tool))) return ODD_NAME;
  return remedyOf(version, [{ method: 'permissions.deny', targets: ['MCP tool'], action: deny(tools) }]);
}

/** @param names of built-in tools; each must have been tried by its name */
export function denyBuiltInTools(names: readonly string[], version: string | null): Remedy {
  const tried = names.map((name) => deniedWith(name, version) ?? []);
  const verified = tried.reduce((all, each) => all.filter((one) => each.includes(one)));
  if (tried.some((each) => each.length === 0) || verified.length === 0) {
    return noRemedy({ reason: 'tools_not_tried', version, tools: names });
  }
  const method: Method = 'permissions.deny';
  return { settings: [{ method, action: deny(names), condition: null, caveat: null, verified }], untried: null };
}

/** Denying `Skill(name)` does not work: the listing keeps the skill. @param names without a prefix */
export function hideSkills(names: readonly string[], version: string | null): Remedy {
  if (!names.every(isSkillName)) return ODD_NAME;
  // Requests do not show which of these a skill is.
  return remedyOf(version, [overrideSkills(names, ['skill file', 'command file', 'bundled skill'])]);
}

/** The part of a skill's name before the colon. */
export interface Prefix {
  name: string;
  /** Something else shows that it is a plugin; folders of `.claude/commands` give such names, too. */
  isPlugin: boolean;
  /** Something with this prefix is used. */
  isUsed: boolean;
}

/** @param names with their prefix, which is the same for all */
export function hidePrefixedSkills(names: readonly string[], prefix: Prefix, version: string | null): Remedy {
  if (!names.every(isSkillName) || !SERVER_NAME.test(prefix.name)) return ODD_NAME;
  const whole: Candidate = { ...disableWholePlugin(prefix.name), condition: 'prefix_is_plugin' };
  return remedyOf(version, [
    ...(prefix.isUsed ? [] : [whole]),
    prefix.isPlugin
      ? overrideSkills(names, ['skill of a plugin'])
      : { ...overrideSkills(names, ['command file in a folder']), condition: 'prefix_is_folder' },
  ]);
}

function overrideSkills(names: readonly string[], targets: readonly Target[]): Candidate {
  const entries = names.map((name) => ({
    path: ['skillOverrides', name],
    value: 'user-invocable-only',
    isItem: false,
  }));
  return {
    method: 'skillOverrides',
    targets,
    action: { in: 'settings', entries },
    caveat: 'typed_skills_still_work',
  };
}

export function denyAgents(names: readonly string[], version: string | null): Remedy {
  if (!names.every(isSkillName)) return ODD_NAME;
  const targets: readonly Target[] = ['agent file', 'built-in agent', 'agent of a plugin'];
  const action = deny(names.map((name) => `Agent(${name})`));
  return remedyOf(version, [{ method: 'permissions.deny', targets, action }]);
}

export function excludeMemory(path: string, version: string | null): Remedy {
  const targets = memoryTargets(path);
  if (targets.includes('managed memory file')) return noRemedy({ reason: 'managed_file' });
  if (targets.includes('auto memory')) {
    const action = setting(['autoMemoryEnabled'], false);
    return remedyOf(version, [{ method: 'autoMemoryEnabled', targets, action, caveat: 'no_notes_of_its_own' }]);
  }
  const action = items(['claudeMdExcludes'], [path]);
  return remedyOf(version, [{ method: 'claudeMdExcludes', targets, action, caveat: 'imports_excluded' }]);
}

export function dropHook(event: string, version: string | null): Remedy {
  if (!/^\w+$/.test(event)) return ODD_NAME;
  return remedyOf(version, [
    {
      method: 'disableAllHooks',
      targets: ['hook'],
      action: { in: 'hooks', event },
      condition: 'hooks_removed_or_shortened',
      caveat: 'all_hooks_were_tried',
    },
  ]);
}

export function limitMcpOutput(tokens: number, version: string | null): Remedy {
  const action = setting(['env', 'MAX_MCP_OUTPUT_TOKENS'], String(tokens));
  return remedyOf(version, [
    { method: 'MAX_MCP_OUTPUT_TOKENS', targets: ['MCP result'], action, caveat: 'results_truncated' },
  ]);
}

/** Requests then carry only the names of tools; a search loads their definitions. */
export function deferTools(version: string | null): Remedy {
  const action = setting(['env', 'ENABLE_TOOL_SEARCH'], 'true');
  return remedyOf(version, [
    { method: 'ENABLE_TOOL_SEARCH', targets: ['MCP tool'], action, caveat: 'not_with_base_url' },
  ]);
}
