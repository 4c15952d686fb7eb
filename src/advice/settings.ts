import { deniedWith } from './built-in-tools.js';
import { connectorName, isPluginServer, isSkillName, memoryTargets, type PluginPart, type Target } from './targets.js';
import { type Method, triedWith } from './trials.js';
import { compareVersions, TRIED_VERSIONS } from './versions.js';

/** How to make Claude Code leave something out of its requests. */
export interface Setting {
  /** Exactly what to type or to write, except for text in <angle brackets>. */
  text: string;
  /** Where: a shell, a session, or a file. */
  where: string;
  /** The condition under which it applies; null: always. */
  when: string | null;
  /** Versions of Claude Code whose requests were seen to change by it, for this kind of target. Never empty. */
  verified: readonly string[];
  /** Other effects and limits. */
  note: string | null;
}

/** The settings for something with one version of Claude Code. */
export interface Remedy {
  /** One of these works: which one depends on where the target was configured. */
  settings: Setting[];
  /** Why there is no setting; null where there is one. */
  untried: string | null;
}

const SETTINGS_FILE = '.claude/settings.local.json, or ~/.claude/settings.json for all projects';
const SHELL = 'a shell, in the project';
const SESSION = 'a session in the project';

/** A setting that counts if its method was tried with all of `targets`. */
interface Candidate {
  method: Method;
  targets: readonly Target[];
  text: string;
  /** Default: the settings file. */
  where?: string;
  when?: string;
  note?: string | null;
}

function remedyOf(version: string | null, candidates: readonly Candidate[]): Remedy {
  const settings = candidates.flatMap((candidate): Setting[] => {
    const { method, targets, text, where = SETTINGS_FILE, when = null, note = null } = candidate;
    const verified = triedWith(method, targets, version);
    return verified === null ? [] : [{ text, where, when, note, verified }];
  });
  return settings.length > 0 ? { settings, untried: null } : noRemedy(whyUntried(version, candidates));
}

function noRemedy(untried: string): Remedy {
  return { settings: [], untried };
}

function whyUntried(version: string | null, candidates: readonly Candidate[]): string {
  const [oldest, newest] = [TRIED_VERSIONS[0], TRIED_VERSIONS.at(-1) ?? TRIED_VERSIONS[0]];
  if (version === null) {
    return 'The requests do not say which version of Claude Code sent them, so no setting is known to work.';
  }
  if (compareVersions(version, newest) > 0 || compareVersions(version, oldest) < 0) {
    return `No setting was tried with Claude Code ${version}, only with ${oldest} to ${newest}.`;
  }
  const methods = [...new Set(candidates.map(({ method }) => method))];
  return methods.length === 0
    ? `No setting for this was tried with Claude Code ${version}.`
    : `${methods.join(' and ')} does not work for this in Claude Code ${version}, or was not tried with it.`;
}

/** A name that Claude Code itself could have written. Captured names may be anything, and these are pasted into a shell. */
const SERVER_NAME = /^[\w-]+$/;
const ODD_NAME = 'Its name has characters that no setting allows.';

function json(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
}

function deny(rules: readonly string[]): string {
  return json('permissions', { deny: rules });
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
  if (!SERVER_NAME.test(name)) return noRemedy(ODD_NAME);
  if (connectorName(name) !== null) return noRemedy('No setting was tried with connectors of claude.ai.');
  if (isPluginServer(name)) return remedyOf(version, disablePluginServer(plugin));
  const note = name.includes('_') ? 'use the spelling of claude mcp list, if it has other characters than _' : null;
  const added: Target = 'server added with claude mcp add';
  const inFile: Target = 'server of .mcp.json';
  return remedyOf(version, [
    {
      method: 'claude mcp remove',
      targets: [added],
      text: `claude mcp remove ${name}`,
      where: SHELL,
      when: 'if it was added with claude mcp add',
      note,
    },
    {
      method: 'disabledMcpjsonServers',
      targets: [inFile],
      text: json('disabledMcpjsonServers', [name]),
      when: 'if it is in .mcp.json',
      note,
    },
    {
      method: 'deniedMcpServers',
      targets: [added, inFile],
      text: json('deniedMcpServers', [{ serverName: name }]),
      when: 'wherever it is configured',
      note,
    },
    disableInSession([added, inFile], 'to disable it in this project only'),
  ]);
}

function disablePluginServer(plugin: ServerPlugin | null): Candidate[] {
  const targets: readonly Target[] = ['server of a plugin'];
  const inSession = disableInSession(targets, 'to disable only this server of the plugin, in this project');
  if (plugin === null) return [inSession];
  const text = json('deniedMcpServers', [{ serverName: `plugin:${plugin.plugin}:${plugin.name}` }]);
  return [
    ...(plugin.isUsed ? [] : [disableWholePlugin(plugin.plugin)]),
    { method: 'deniedMcpServers', targets, text, note: 'the rest of the plugin stays enabled' },
    inSession,
  ];
}

function disableInSession(targets: readonly Target[], when: string): Candidate {
  const note = 'this writes disabledMcpServers of the project to ~/.claude.json, which is what was tried';
  return { method: '/mcp', targets, text: '/mcp', where: SESSION, when, note };
}

/** All parts of a plugin: servers, skills, commands, agents, hooks. */
export function disablePlugin(name: string, version: string | null): Remedy {
  return SERVER_NAME.test(name) ? remedyOf(version, [disableWholePlugin(name)]) : noRemedy(ODD_NAME);
}

function disableWholePlugin(name: string): Candidate {
  const note = 'disables the whole plugin, including its commands and hooks';
  const text = `claude plugin disable ${name}`;
  return { method: 'claude plugin disable', targets: ['plugin'], text, where: SHELL, note };
}

/** @param tools of MCP servers, as requests name them: `mcp__server__tool` */
export function denyServerTools(tools: readonly string[], version: string | null): Remedy {
  if (!tools.every((tool) => SERVER_NAME.test(tool))) return noRemedy(ODD_NAME);
  return remedyOf(version, [{ method: 'permissions.deny', targets: ['MCP tool'], text: deny(tools) }]);
}

/** @param names of built-in tools; each must have been tried by its name */
export function denyBuiltInTools(names: readonly string[], version: string | null): Remedy {
  const tried = names.map((name) => deniedWith(name, version) ?? []);
  const verified = tried.reduce((all, each) => all.filter((one) => each.includes(one)));
  if (tried.some((each) => each.length === 0) || verified.length === 0) {
    const claudeCode = version === null ? 'Claude Code' : `Claude Code ${version}`;
    return noRemedy(`It was not tried whether ${claudeCode} works without ${names.join(', ')}.`);
  }
  return { settings: [{ text: deny(names), where: SETTINGS_FILE, when: null, verified, note: null }], untried: null };
}

/** Denying `Skill(name)` does not work: the listing keeps the skill. @param names without a prefix */
export function hideSkills(names: readonly string[], version: string | null): Remedy {
  if (!names.every(isSkillName)) return noRemedy(ODD_NAME);
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
  if (!names.every(isSkillName) || !SERVER_NAME.test(prefix.name)) return noRemedy(ODD_NAME);
  const whole = { ...disableWholePlugin(prefix.name), when: `if ${prefix.name} is a plugin` };
  const when = `if ${prefix.name} is a folder of .claude/commands; skills of plugins stay listed`;
  return remedyOf(version, [
    ...(prefix.isUsed ? [] : [whole]),
    prefix.isPlugin
      ? overrideSkills(names, ['skill of a plugin'])
      : { ...overrideSkills(names, ['command file in a folder']), when },
  ]);
}

function overrideSkills(names: readonly string[], targets: readonly Target[]): Candidate {
  const text = json('skillOverrides', Object.fromEntries(names.map((name) => [name, 'user-invocable-only'])));
  return { method: 'skillOverrides', targets, text, note: '/<name> still works; "off" also disables that' };
}

export function denyAgents(names: readonly string[], version: string | null): Remedy {
  if (!names.every(isSkillName)) return noRemedy(ODD_NAME);
  const targets: readonly Target[] = ['agent file', 'built-in agent', 'agent of a plugin'];
  const text = deny(names.map((name) => `Agent(${name})`));
  return remedyOf(version, [{ method: 'permissions.deny', targets, text }]);
}

export function excludeMemory(path: string, version: string | null): Remedy {
  const targets = memoryTargets(path);
  if (targets.includes('managed memory file')) {
    return noRemedy('The file is managed by your organization, and no setting excludes it.');
  }
  if (targets.includes('auto memory')) {
    const note = 'Claude then neither reads nor writes notes of its own';
    return remedyOf(version, [{ method: 'autoMemoryEnabled', targets, text: json('autoMemoryEnabled', false), note }]);
  }
  const note = 'also excludes files that it imports with @; a shorter file is often better than none';
  return remedyOf(version, [{ method: 'claudeMdExcludes', targets, text: json('claudeMdExcludes', [path]), note }]);
}

export function dropHook(event: string, version: string | null): Remedy {
  if (!/^\w+$/.test(event)) return noRemedy(ODD_NAME);
  return remedyOf(version, [
    {
      method: 'disableAllHooks',
      targets: ['hook'],
      text: `"hooks": {${JSON.stringify(event)}: […]}`,
      where: 'the settings.json or plugin that defines it',
      when: 'to remove it, or to make it print less',
      note: '"disableAllHooks": true disables all hooks, and is what was tried',
    },
  ]);
}

export function limitMcpOutput(tokens: number, version: string | null): Remedy {
  const text = json('env', { MAX_MCP_OUTPUT_TOKENS: String(tokens) });
  const note = 'longer results are truncated; the default is 25000';
  return remedyOf(version, [{ method: 'MAX_MCP_OUTPUT_TOKENS', targets: ['MCP result'], text, note }]);
}

/** Requests then carry only the names of tools; a search loads their definitions. */
export function deferTools(version: string | null): Remedy {
  const text = json('env', { ENABLE_TOOL_SEARCH: 'true' });
  const note = 'with ANTHROPIC_BASE_URL set, Claude Code loads all definitions';
  return remedyOf(version, [{ method: 'ENABLE_TOOL_SEARCH', targets: ['MCP tool'], text, note }]);
}
