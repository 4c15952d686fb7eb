import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DISPENSABLE_TOOLS } from '../../../src/advice/built-in-tools.js';
import * as ways from '../../../src/advice/settings.js';
import type { Target } from '../../../src/advice/targets.js';
import { type Method, TRIALS } from '../../../src/advice/trials.js';
import { TRIED_VERSIONS, type TriedVersion } from '../../../src/advice/versions.js';
import { parseRecord } from '../../../src/base/json.js';
import { settingsObject } from '../../../src/model/settings-entry.js';
import { settingText } from '../../../src/text/reports/advice/setting.js';
import {
  autoMemoryFile,
  type Change,
  type Lab,
  LONG_RESULT,
  openLab,
  WORDS,
} from '../../support/claude/settings-lab.js';
import { ALL_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';

/**
 * What `suggest` tells people to set, tried with the real CLI: each row of the table of trials, its effect read from the requests of
 * the next session. The oldest and the newest version, unless CLAUDE_TRACE_ALL_VERSIONS=1 asks for all of them.
 */
const EDGES = TRIED_VERSIONS.filter((_, index) => index === 0 || index === TRIED_VERSIONS.length - 1);
const VERSIONS = ALL_VERSIONS ? TRIED_VERSIONS : EDGES;

const LOADED = { env: { ENABLE_TOOL_SEARCH: 'false' } };
const NEWEST = TRIED_VERSIONS.at(-1) ?? null;

/** What a settings file has to say for these ways; each is offered for the newest version. */
function written(...remedies: readonly ways.Remedy[]): Record<string, unknown> {
  return remedies.reduce<Record<string, unknown>>((all, { settings }) => {
    const action = settings.find((each) => each.action.in === 'settings')?.action;
    if (action?.in !== 'settings') throw new Error('nothing to write into a settings file');
    return joined(all, settingsObject(action.entries));
  }, {});
}

/** Objects and lists of both. */
function joined(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(b).map(([key, value]): [string, unknown] => {
    const there = a[key];
    if (Array.isArray(there) && Array.isArray(value)) return [key, [...there, ...value]];
    return [key, isRecord(there) && isRecord(value) ? joined(there, value) : value];
  });
  return { ...a, ...Object.fromEntries(entries) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What shows a thing in a request. The names of bundled things are Claude Code's own. */
const SIGNS: Readonly<Partial<Record<Target, readonly string[]>>> = {
  'built-in tool': ['"name":"WebSearch"'],
  'deferred built-in tool': ['\\nWebSearch\\n'],
  'MCP tool': [WORDS.userServer, WORDS.pluginServer],
  'deferred MCP tool': ['\\nmcp__usr__find', '\\nmcp__plugin_kit_plg__find'],
  'server added with claude mcp add': [WORDS.userServer, WORDS.userServerInstructions],
  'server of .mcp.json': [WORDS.projectServer, WORDS.projectServerInstructions],
  'server of a plugin': [WORDS.pluginServer, WORDS.pluginServerInstructions],
  'MCP result': [LONG_RESULT],
  'skill file': [WORDS.skill],
  'command file': [WORDS.command],
  'command file in a folder': [WORDS.commandInFolder],
  'bundled skill': ['\\n- code-review: '],
  'skill of a plugin': [WORDS.pluginSkill],
  'agent file': [WORDS.agent],
  'built-in agent': ['\\n- Explore: '],
  'agent of a plugin': [WORDS.pluginAgent],
  plugin: [WORDS.pluginServer, WORDS.pluginSkill, WORDS.pluginAgent],
  'memory file': [WORDS.userMemory, WORDS.projectMemory, WORDS.importedByProject],
  'nested memory file': [WORDS.nestedMemory],
  'rule file': [WORDS.rule],
  'imported file': [WORDS.imported],
  'auto memory': [WORDS.autoMemory],
  hook: [WORDS.hook],
  'hook of a plugin': [WORDS.pluginHook],
};

function shown(thing: Target, text: string): boolean[] {
  return (SIGNS[thing] ?? []).map((sign) => text.includes(sign));
}

/** What one settings file names. */
const NAMED = [
  ['permissions.deny', ['built-in tool', 'MCP tool', 'agent file', 'built-in agent', 'agent of a plugin']],
  ['skillOverrides', ['skill file', 'command file', 'command file in a folder', 'bundled skill', 'skill of a plugin']],
  ['claudeMdExcludes', ['memory file', 'nested memory file', 'rule file', 'imported file', 'auto memory']],
] as const;

describe.each(VERSIONS)('Claude Code %s', (version) => {
  let root: string;
  let lab: Lab;
  let unset: { text: string; tools: string[] };
  let deferred: { text: string; tools: string[] };
  const checked = new Set<string>();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-settings-'));
    lab = await openLab(version, root);
    unset = await lab.session({ local: LOADED });
    deferred = await lab.session({ local: written(ways.deferTools(NEWEST)) });
  });
  afterAll(async () => {
    await lab.close();
    await removeFolder(root);
  });

  /** Holds what a session sent against the rows of these ways and things. */
  async function expectTrials(
    change: Change,
    rows: readonly (readonly [Method, readonly Target[]])[],
    before: { text: string } = unset,
  ): Promise<{ text: string; tools: string[] }> {
    const sent = await lab.session({
      ...change,
      local: joined(LOADED, parseRecord(JSON.stringify(change.local ?? {})) ?? {}),
    });
    for (const [way, things] of rows) {
      for (const thing of things) {
        checked.add(`${way}: ${thing}`);
        const works = isOf('works', way, thing, version);
        const fails = isOf('fails', way, thing, version);
        const was = shown(thing, before.text);
        expect([way, thing, ...was]).toEqual([way, thing, ...was.map(() => works || fails)]);
        expect([way, thing, ...shown(thing, sent.text)]).toEqual([way, thing, ...was.map(() => fails)]);
      }
    }
    return sent;
  }

  function namedSettings(): Record<string, unknown> {
    const { home, cwd } = lab.project;
    const memory = [
      join(home, '.claude', 'CLAUDE.md'),
      join(cwd, 'CLAUDE.md'),
      join(cwd, 'nested', 'CLAUDE.md'),
      join(cwd, '.claude', 'rules', 'style.md'),
      join(home, '.claude', 'style.md'),
    ];
    return written(
      ways.denyServerTools(['mcp__usr__find', 'mcp__plugin_kit_plg__find'], NEWEST),
      ways.denyBuiltInTools(['WebSearch'], NEWEST),
      ways.denyAgents(['scout', 'Explore', 'kit:guide'], NEWEST),
      ways.hideSkills(['tidy', 'greet', 'code-review'], NEWEST),
      ways.hidePrefixedSkills(['team:bake'], { name: 'team', isPlugin: false, isUsed: true }, NEWEST),
      ways.hidePrefixedSkills(['kit:polish'], { name: 'kit', isPlugin: false, isUsed: true }, NEWEST),
      ...memory.map((path) => ways.excludeMemory(path, NEWEST)),
      asRemedy({ claudeMdExcludes: [autoMemoryFile(lab.project)] }),
    );
  }

  it('leaves out what the settings file of the project names, where the table says so', async () => {
    const { text } = await expectTrials({ local: namedSettings() }, NAMED);
    expect(text).toContain('zorblax-usr-draw');
  });

  it('leaves out what the settings file of the user names, where the table says so', async () => {
    await expectTrials({ user: namedSettings() }, NAMED);
  });

  it('leaves out what else settings files switch off', async () => {
    const denied = ['usr', 'prj'].map((name) => byKey(ways.disableServer(name, NEWEST), 'deniedMcpServers'));
    const autoMemory = ways.excludeMemory(autoMemoryFile(lab.project), NEWEST);
    await expectTrials({ local: written(...denied, autoMemory, asRemedy({ disableAllHooks: true })) }, [
      ['deniedMcpServers', ['server added with claude mcp add', 'server of .mcp.json']],
      ['autoMemoryEnabled', ['auto memory']],
      ['disableAllHooks', ['hook', 'hook of a plugin']],
    ]);
  });

  it('leaves out servers of plugins, and cuts results, as settings files say', async () => {
    const plugin = { plugin: 'kit', name: 'plg', isUsed: true };
    // In a file of its own: 2.0.30 refuses the name, and with it the whole file.
    const ofPlugin = byKey(ways.disableServer('plugin_kit_plg', NEWEST, plugin), 'deniedMcpServers');
    await expectTrials({ local: written(ofPlugin) }, [['deniedMcpServers', ['server of a plugin']]]);
    const inFile = ['usr', 'prj', 'plugin:kit:plg'].map((name) => asRemedy({ disabledMcpjsonServers: [name] }));
    await expectTrials({ local: written(...inFile, ways.limitMcpOutput(1_000, NEWEST)) }, [
      ['disabledMcpjsonServers', ['server added with claude mcp add', 'server of .mcp.json', 'server of a plugin']],
      ['MAX_MCP_OUTPUT_TOKENS', ['MCP result']],
    ]);
  });

  it('leaves out what /mcp disables', async () => {
    const inSession = { disabledMcpServers: ['usr', 'prj', 'plugin:kit:plg'] };
    await expectTrials({ project: inSession }, [
      ['/mcp', ['server added with claude mcp add', 'server of .mcp.json', 'server of a plugin']],
    ]);
  });

  it('leaves out what commands take away', async () => {
    const remedies = [
      ...['usr', 'prj'].map((name) => ways.disableServer(name, NEWEST)),
      ways.disablePlugin('kit', NEWEST),
    ];
    const commands = remedies.map(({ settings }) => (settings.map(settingText)[0] ?? '').split(' ').slice(1));
    expect(commands[0]).toEqual(['mcp', 'remove', 'usr']);
    await expectTrials({ commands }, [
      ['claude mcp remove', ['server added with claude mcp add', 'server of .mcp.json']],
      ['claude plugin disable', ['plugin']],
    ]);
  });

  it('names tools instead of defining them when a search can find them, and does not name those that are denied', async () => {
    checked.add('ENABLE_TOOL_SEARCH: MCP tool');
    const isDeferred = isOf('works', 'ENABLE_TOOL_SEARCH', 'MCP tool', version);
    expect(shown('MCP tool', deferred.text)).toEqual([!isDeferred, !isDeferred]);
    if (!isDeferred) return;
    const denied = written(
      ways.deferTools(NEWEST),
      ways.denyServerTools(['mcp__usr__find', 'mcp__plugin_kit_plg__find'], NEWEST),
      ways.denyBuiltInTools(['WebSearch'], NEWEST),
    );
    await expectTrials(
      { local: denied },
      [['permissions.deny', ['deferred built-in tool', 'deferred MCP tool']]],
      deferred,
    );
  });

  it('sends no definition of a built-in tool that is denied by its name, and all others', async () => {
    const names = [...DISPENSABLE_TOOLS].filter(([, { denied }]) => denied.includes(version)).map(([name]) => name);
    expect(unset.tools).toEqual(expect.arrayContaining(names));
    const { tools } = await lab.session({ local: joined(LOADED, { permissions: { deny: [...names] } }) });
    expect([...tools].sort()).toEqual(unset.tools.filter((name) => !names.includes(name)).sort());
  });

  it('asks in plan mode for tools that settings can deny: so they are never advised against', async () => {
    const { text, tools } = await lab.session({
      local: joined(LOADED, { permissions: { deny: ['ExitPlanMode', 'AskUserQuestion'] } }),
      args: ['--permission-mode', 'plan'],
    });
    expect(tools).not.toContain('ExitPlanMode');
    for (const name of ['ExitPlanMode', 'AskUserQuestion']) {
      expect(text).toMatch(new RegExp(`(call|calling|use|using)( the)? ${name}`, 'i'));
    }
  });

  it('was tried with every row of the table', () => {
    const rows = TRIALS.filter(
      (trial) =>
        isOf('works', trial.method, trial.target, version) || isOf('fails', trial.method, trial.target, version),
    );
    expect([...checked].sort()).toEqual(
      expect.arrayContaining(rows.map(({ method, target }) => `${method}: ${target}`)),
    );
  });
});

function isOf(list: 'works' | 'fails', method: Method, target: Target, version: TriedVersion): boolean {
  const trial = TRIALS.find((each) => each.method === method && each.target === target);
  if (trial === undefined) throw new Error(`no row ${method}: ${target}`);
  return trial[list].includes(version);
}

/** Of several ways, the one by this key. */
function byKey({ settings, untried }: ways.Remedy, key: string): ways.Remedy {
  return { settings: settings.filter(({ method }) => method === key), untried };
}

/** A setting that is not offered: tried all the same. */
function asRemedy(setting: object): ways.Remedy {
  const entries = Object.entries(setting).map(([key, value]) => ({ path: [key], value, isItem: false }));
  const action = { in: 'settings', entries } as const;
  return {
    settings: [{ method: 'permissions.deny', action, condition: null, caveat: null, verified: [] }],
    untried: null,
  };
}
