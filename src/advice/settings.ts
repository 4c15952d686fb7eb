/** How Claude Code is told to leave something out of its requests. */
export interface Setting {
  /** What to type, or to write; exact but for what stands in <angle brackets>. */
  text: string;
  /** Where: a shell, or a file. */
  where: string;
  /** In which case it is the one; null: in any. */
  when: string | null;
  /** Versions of Claude Code whose requests were seen to change by it, with the real CLI; empty: not tried. */
  verified: readonly string[];
  /** What else it does, or does not do. */
  note: string | null;
}

const SETTINGS_FILE = '.claude/settings.local.json, or ~/.claude/settings.json for all projects';
const SHELL = 'a shell, in the project';

/** Versions that the facts of this file were tried with. */
const [OLD, MIDDLE, NEW] = ['2.0.30', '2.1.197', '2.1.329'] as const;
const ALL = [OLD, MIDDLE, NEW];
const SINCE_MIDDLE = [MIDDLE, NEW];

function setting(text: string, where: string, verified: readonly string[], more: Partial<Setting> = {}): Setting {
  return { text, where, verified, when: null, note: null, ...more };
}

function json(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
}

function deny(rules: readonly string[]): string {
  return json('permissions', { deny: rules });
}

/**
 * Ways to disable an MCP server; which of them works depends on where it was set up. Denying all of its tools is none of
 * them: its instructions stay in the requests of 2.1, and 2.0.30 even sends the definitions.
 * @param name as in the names of its tools, where everything but letters, digits, `_` and `-` has become `_`
 */
export function disableServer(name: string): Setting[] {
  const connector = /^claude_ai_(.+)$/.exec(name);
  if (connector) {
    return [
      setting('/mcp', 'a session in the project', [], {
        when: `to disable the claude.ai connector ${connector[1]} there`,
      }),
      setting(json('disableClaudeAiConnectors', true), SETTINGS_FILE, [], {
        note: 'disables all claude.ai connectors',
      }),
    ];
  }
  const plugin = /^plugin_([^_]+)_(.+)$/.exec(name);
  if (plugin) {
    return [
      setting(`claude plugin disable ${plugin[1]}`, SHELL, [], { note: 'disables all of the plugin' }),
      setting('/mcp', 'a session in the project', [], { when: `to disable only its server ${plugin[2]} there` }),
    ];
  }
  return [
    setting(`claude mcp remove ${name}`, SHELL, ALL, { when: 'if it was added with claude mcp add' }),
    setting(json('disabledMcpjsonServers', [name]), SETTINGS_FILE, ALL, { when: 'if it stands in .mcp.json' }),
    setting(json('deniedMcpServers', [{ serverName: name }]), SETTINGS_FILE, ALL, { when: 'wherever it is set up' }),
    setting('/mcp', 'a session in the project', ALL, {
      when: 'to disable it in this project only',
      note: 'it writes disabledMcpServers of the project in ~/.claude.json, which is what was tried',
    }),
  ];
}

/** @param tools names as requests write them: `mcp__server__tool`, `WebSearch` */
export function denyTools(tools: readonly string[]): Setting[] {
  const ofServers = tools.some((tool) => tool.startsWith('mcp__'));
  return [
    setting(deny(tools), SETTINGS_FILE, ofServers ? SINCE_MIDDLE : ALL, {
      note: ofServers ? `${OLD} sends definitions of denied MCP tools all the same` : null,
    }),
  ];
}

/** Denying `Skill(name)` is no way: the listing keeps it. */
export function hideSkills(names: readonly string[]): Setting[] {
  const overrides = Object.fromEntries(names.map((name) => [name, 'user-invocable-only']));
  return [
    setting(json('skillOverrides', overrides), SETTINGS_FILE, SINCE_MIDDLE, {
      note: '/<name> still works; "off" hides that too',
    }),
  ];
}

export function denyAgents(names: readonly string[]): Setting[] {
  return [setting(deny(names.map((name) => `Agent(${name})`)), SETTINGS_FILE, SINCE_MIDDLE)];
}

export function excludeMemory(path: string): Setting[] {
  return [
    setting(json('claudeMdExcludes', [path]), SETTINGS_FILE, SINCE_MIDDLE, {
      note: 'files that it imports with @ are left out with it; shorter is often better than none',
    }),
  ];
}

export function dropHook(event: string): Setting[] {
  return [
    setting(`"hooks": {${JSON.stringify(event)}: […]}`, 'the settings.json or plugin that has it', ALL, {
      when: 'to take it out, or to let it print less',
      note: '"disableAllHooks": true takes all out, and is what was tried',
    }),
  ];
}

/** 25,000 unless set. */
export function limitMcpOutput(tokens: number): Setting[] {
  return [
    setting(json('env', { MAX_MCP_OUTPUT_TOKENS: String(tokens) }), SETTINGS_FILE, ALL, {
      note: 'longer results are cut; 25000 unless set',
    }),
  ];
}

/** Tools are named only, and loaded when a search finds them. */
export function deferTools(): Setting[] {
  return [
    setting(json('env', { ENABLE_TOOL_SEARCH: 'true' }), SETTINGS_FILE, SINCE_MIDDLE, {
      note: `not in ${OLD}; with ANTHROPIC_BASE_URL set, Claude Code loads all definitions`,
    }),
  ];
}
