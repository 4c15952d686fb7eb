import { deniedWith } from './built-in-tools.js';
import { connectorName, isPluginServer, isSkillName, memoryThings, type PluginPart, type Thing } from './things.js';
import { triedWith, type Way } from './trials.js';
import { compareVersions, TRIED_VERSIONS } from './versions.js';

/** How Claude Code is told to leave something out of its requests. */
export interface Setting {
  /** What to type, or to write; exact but for what stands in <angle brackets>. */
  text: string;
  /** Where: a shell, or a file. */
  where: string;
  /** In which case it is the one; null: in any. */
  when: string | null;
  /** Versions of Claude Code whose requests were seen to change by it, for this kind of thing. Never empty. */
  verified: readonly string[];
  /** What else it does, or does not do. */
  note: string | null;
}

/** What can be done about something with one version of Claude Code. */
export interface Means {
  /** One of these does it: which, depends on where the thing was set up. */
  settings: Setting[];
  /** Why there is no setting; null where there is one. */
  untried: string | null;
}

const SETTINGS_FILE = '.claude/settings.local.json, or ~/.claude/settings.json for all projects';
const SHELL = 'a shell, in the project';
const SESSION = 'a session in the project';

interface Offer {
  way: Way;
  /** It must have been tried with each of them. */
  things: readonly Thing[];
  text: string;
  where?: string;
  when?: string;
  note?: string | null;
}

/** Of these ways, those that were tried with this version. */
function tried(version: string | null, offers: readonly Offer[]): Means {
  const settings = offers.flatMap(
    ({ way, things, text, where = SETTINGS_FILE, when = null, note = null }): Setting[] => {
      const verified = triedWith(way, things, version);
      return verified === null ? [] : [{ text, where, when, note, verified }];
    },
  );
  return settings.length > 0 ? { settings, untried: null } : none(notTried(version, offers));
}

function none(untried: string): Means {
  return { settings: [], untried };
}

function notTried(version: string | null, offers: readonly Offer[]): string {
  const [oldest, newest] = [TRIED_VERSIONS[0], TRIED_VERSIONS.at(-1) ?? TRIED_VERSIONS[0]];
  if (version === null)
    return 'The requests do not say which version of Claude Code sent them, so no setting is known to work.';
  if (compareVersions(version, newest) > 0 || compareVersions(version, oldest) < 0) {
    return `No setting was tried with Claude Code ${version}, only with ${oldest} to ${newest}.`;
  }
  const ways = [...new Set(offers.map(({ way }) => way))];
  return ways.length === 0
    ? `No setting for this was tried with Claude Code ${version}.`
    : `${ways.join(' and ')} does not do it in Claude Code ${version}, or was not tried there.`;
}

/** A name that Claude Code itself could have written; what was captured may be anything, and this is pasted into a shell. */
const SERVER_NAME = /^[\w-]+$/;
const ODD_NAME = 'It has no name that a setting could hold.';

function json(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
}

function deny(rules: readonly string[]): string {
  return json('permissions', { deny: rules });
}

/** The plugin that brings a server. */
export interface ServerPlugin extends PluginPart {
  /** Something else of it is used, so it must stay. */
  isUsed: boolean;
}

/**
 * Ways to disable an MCP server; which of them works depends on where it was set up. Denying all of its tools is none of
 * them: its instructions stay in the requests.
 * @param name as in the names of its tools, where everything but letters, digits, `_` and `-` has become `_`
 * @param plugin null where it is of none, or nobody can tell of which: `plugin_a_b_c` may be `a:b_c` or `a_b:c`
 */
export function disableServer(name: string, version: string | null, plugin: ServerPlugin | null = null): Means {
  if (!SERVER_NAME.test(name)) return none(ODD_NAME);
  if (connectorName(name) !== null) return none('No setting was tried with connectors of claude.ai.');
  if (isPluginServer(name)) return tried(version, waysForPluginServer(plugin));
  const note = name.includes('_') ? 'as claude mcp list spells it, where that has other signs than _' : null;
  const added: Thing = 'server added with claude mcp add';
  const inFile: Thing = 'server of .mcp.json';
  return tried(version, [
    {
      way: 'claude mcp remove',
      things: [added],
      text: `claude mcp remove ${name}`,
      where: SHELL,
      when: 'if it was added with claude mcp add',
      note,
    },
    {
      way: 'disabledMcpjsonServers',
      things: [inFile],
      text: json('disabledMcpjsonServers', [name]),
      when: 'if it is in .mcp.json',
      note,
    },
    {
      way: 'deniedMcpServers',
      things: [added, inFile],
      text: json('deniedMcpServers', [{ serverName: name }]),
      when: 'wherever it is set up',
      note,
    },
    inSession([added, inFile], 'to disable it in this project only'),
  ]);
}

function waysForPluginServer(plugin: ServerPlugin | null): Offer[] {
  const things: readonly Thing[] = ['server of a plugin'];
  const ways: Offer[] = [];
  if (plugin !== null && !plugin.isUsed) ways.push(wholePlugin(plugin.plugin));
  if (plugin !== null) {
    const text = json('deniedMcpServers', [{ serverName: `plugin:${plugin.plugin}:${plugin.name}` }]);
    ways.push({ way: 'deniedMcpServers', things, text, note: 'the rest of the plugin stays' });
  }
  return [...ways, inSession(things, 'to disable only this server of the plugin, in this project')];
}

function inSession(things: readonly Thing[], when: string): Offer {
  const note = 'it writes disabledMcpServers of the project in ~/.claude.json, which is what was tried';
  return { way: '/mcp', things, text: '/mcp', where: SESSION, when, note };
}

/** All that a plugin brings: servers, skills, commands, agents, hooks. */
export function disablePlugin(name: string, version: string | null): Means {
  return SERVER_NAME.test(name) ? tried(version, [wholePlugin(name)]) : none(ODD_NAME);
}

function wholePlugin(name: string): Offer {
  const note = 'everything of the plugin, also its commands and hooks';
  return {
    way: 'claude plugin disable',
    things: ['plugin'],
    text: `claude plugin disable ${name}`,
    where: SHELL,
    note,
  };
}

/** @param tools of MCP servers, as requests write them: `mcp__server__tool` */
export function denyServerTools(tools: readonly string[], version: string | null): Means {
  if (!tools.every((tool) => SERVER_NAME.test(tool))) return none(ODD_NAME);
  return tried(version, [{ way: 'permissions.deny', things: ['MCP tool'], text: deny(tools) }]);
}

/** @param names of built-in tools; each must have been tried by its name */
export function denyBuiltInTools(names: readonly string[], version: string | null): Means {
  const denied = names.map((name) => deniedWith(name, version));
  const verified = denied.reduce((all, each) => all?.filter((one) => each?.includes(one)) ?? null);
  const isTried = denied.every((each) => each !== null) && verified !== null && verified !== undefined;
  return isTried
    ? { settings: [{ text: deny(names), where: SETTINGS_FILE, when: null, verified, note: null }], untried: null }
    : none(`${names.join(', ')}: not tried whether Claude Code ${version ?? ''} works without.`.replace('  ', ' '));
}

/** Denying `Skill(name)` is no way: the listing keeps it. @param names without a prefix */
export function hideSkills(names: readonly string[], version: string | null): Means {
  if (!names.every(isSkillName)) return none(ODD_NAME);
  // Which of these a skill is shows in no request.
  return tried(version, [overrides(names, ['skill file', 'command file', 'bundled skill'])]);
}

/** The part of a skill's name before the colon. */
export interface Prefix {
  name: string;
  /** Something else shows that it is a plugin; a folder of `.claude/commands` gives such names, too. */
  isPlugin: boolean;
  /** A skill or something else of that name is used. */
  isUsed: boolean;
}

/** @param names with their prefix, which is the same for all */
export function hidePrefixedSkills(names: readonly string[], prefix: Prefix, version: string | null): Means {
  if (!names.every(isSkillName) || !SERVER_NAME.test(prefix.name)) return none(ODD_NAME);
  const ways: Offer[] = [];
  if (!prefix.isUsed) ways.push({ ...wholePlugin(prefix.name), when: `if ${prefix.name} is a plugin` });
  if (prefix.isPlugin) ways.push(overrides(names, ['skill of a plugin']));
  else {
    const when = `if ${prefix.name} is a folder of .claude/commands; skills of plugins stay listed`;
    ways.push({ ...overrides(names, ['command file in a folder']), when });
  }
  return tried(version, ways);
}

function overrides(names: readonly string[], things: readonly Thing[]): Offer {
  const text = json('skillOverrides', Object.fromEntries(names.map((name) => [name, 'user-invocable-only'])));
  return { way: 'skillOverrides', things, text, note: '/<name> still works; "off" hides that too' };
}

export function denyAgents(names: readonly string[], version: string | null): Means {
  if (!names.every(isSkillName)) return none(ODD_NAME);
  const things: readonly Thing[] = ['agent file', 'built-in agent', 'agent of a plugin'];
  return tried(version, [{ way: 'permissions.deny', things, text: deny(names.map((name) => `Agent(${name})`)) }]);
}

export function excludeMemory(path: string, version: string | null): Means {
  const things = memoryThings(path);
  if (things.includes('auto memory')) {
    const note = 'Claude then neither reads nor writes notes of its own';
    return tried(version, [{ way: 'autoMemoryEnabled', things, text: json('autoMemoryEnabled', false), note }]);
  }
  if (things.includes('managed memory file')) return none('A file of the organization: no setting leaves it out.');
  const note = 'files that it imports with @ are left out with it; shorter is often better than none';
  return tried(version, [{ way: 'claudeMdExcludes', things, text: json('claudeMdExcludes', [path]), note }]);
}

export function dropHook(event: string, version: string | null): Means {
  if (!/^\w+$/.test(event)) return none(ODD_NAME);
  return tried(version, [
    {
      way: 'disableAllHooks',
      things: ['hook'],
      text: `"hooks": {${JSON.stringify(event)}: […]}`,
      where: 'the settings.json or plugin that has it',
      when: 'to take it out, or to let it print less',
      note: '"disableAllHooks": true takes all out, and is what was tried',
    },
  ]);
}

/** 25,000 unless set. */
export function limitMcpOutput(tokens: number, version: string | null): Means {
  const text = json('env', { MAX_MCP_OUTPUT_TOKENS: String(tokens) });
  const note = 'longer results are cut; 25000 unless set';
  return tried(version, [{ way: 'MAX_MCP_OUTPUT_TOKENS', things: ['MCP result'], text, note }]);
}

/** Tools are named only, and loaded when a search finds them. */
export function deferTools(version: string | null): Means {
  const text = json('env', { ENABLE_TOOL_SEARCH: 'true' });
  const note = 'with ANTHROPIC_BASE_URL set, Claude Code loads all definitions';
  return tried(version, [{ way: 'ENABLE_TOOL_SEARCH', things: ['MCP tool'], text, note }]);
}
