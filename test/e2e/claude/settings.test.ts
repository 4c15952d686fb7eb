import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as ways from '../../../src/advice/settings.js';
import { parseRecord } from '../../../src/demo/json.js';
import { installClaude } from '../../support/claude/install.js';
import { MARKERS } from '../../support/claude/markers.js';
import { makeProject, type Project } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { messagesApi, type ScriptedApi, startScriptedApi } from '../../support/scripted-api.js';

/**
 * What `suggest` tells people to set, tried with the real CLI: what shall leave the requests does so in the versions that the
 * table names. Definitions are not deferred here, so that requests show them.
 */
const MCP_SERVER = fileURLToPath(new URL('../../support/claude/mcp-server.mjs', import.meta.url));
/** Not longer than what newer versions send whole: some 50,000 characters. */
const LONG_RESULT = 'zorblax '.repeat(5_000);

const servers = { atlas: server('atlas', ['find', 'draw'], 'Done.'), ledger: server('ledger', ['post'], LONG_RESULT) };

function server(name: string, tools: readonly string[], result: string): object {
  const told = {
    name,
    instructions: `${name} instructions`,
    tools: tools.map((tool) => ({ name: tool, description: `${name} ${tool} definition`, result })),
  };
  return { command: process.execPath, args: [MCP_SERVER, JSON.stringify(told)] };
}

const NOT_DEFERRED = { env: { ENABLE_TOOL_SEARCH: 'false' } };

function trusting(cwd: string): object {
  return { hasCompletedOnboarding: true, projects: { [cwd]: { hasTrustDialogAccepted: true } } };
}

async function writeJson(file: string, value: object): Promise<void> {
  await writeFile(file, JSON.stringify(value));
}

/** The first of several ways. */
function first(settings: readonly ways.Setting[]): ways.Setting {
  const [setting] = settings;
  if (setting === undefined) throw new Error('no setting');
  return setting;
}

/** The text of a setting as it stands in a settings file. */
function written({ text }: ways.Setting): object {
  const parsed = parseRecord(`{${text}}`);
  if (parsed === null) throw new Error(`no JSON: ${text}`);
  return parsed;
}

describe.each(CLAUDE_VERSIONS)('Claude Code %s', (version) => {
  let root: string;
  let api: ScriptedApi;
  let projects = 0;
  let unset: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-settings-'));
    const call = { type: 'tool_use', id: 'toolu_scripted', name: 'mcp__ledger__post', input: { topic: 'rent' } };
    const turns = [[call], [{ type: 'text', text: 'Done.' }]];
    const script = messagesApi({ sideCall: '{"title": "Looking"}', threads: [{ opensWith: MARKERS.prompt, turns }] });
    api = await startScriptedApi({ script });
    unset = await sent({});
  });
  afterAll(async () => {
    await api.close();
    await rm(root, { recursive: true, force: true });
  });

  /** What the model was sent in a session of a new project with these settings. */
  async function sent(
    settings: object | ((project: Project) => object),
    prepare: (project: Project) => Promise<unknown> = async () => {},
  ): Promise<string> {
    const project = await makeProject(join(root, String(projects++)));
    const { home, cwd } = project;
    await writeJson(join(cwd, '.mcp.json'), { mcpServers: servers });
    await writeJson(join(home, '.claude.json'), trusting(cwd));
    const file = join(cwd, '.claude', 'settings.json');
    await writeJson(file, {
      ...NOT_DEFERRED,
      enableAllProjectMcpServers: true,
      ...parseRecord(await readFile(file, 'utf8')),
      ...(typeof settings === 'function' ? settings(project) : settings),
    });
    await prepare(project);
    const { received, exitCode } = await runClaude({
      version,
      api,
      project: { home, cwd },
      prompt: `Look around. ${MARKERS.prompt}`,
      args: ['--allowedTools', 'mcp__ledger'],
    });
    expect(exitCode).toBe(0);
    const messages = received.filter(({ path }) => /^\/v1\/messages(\?|$)/.test(path));
    return messages.map(({ body }) => body.toString()).join('\n');
  }

  /** As a person who has added the servers for all projects, and then takes one away. */
  async function removeAtlas({ home, cwd }: Project): Promise<void> {
    await rm(join(cwd, '.mcp.json'));
    await writeJson(join(home, '.claude.json'), { ...trusting(cwd), mcpServers: servers });
    const program = await installClaude(version);
    const [file = program, ...args] = program.endsWith('.js') ? [process.execPath, program] : [program];
    const env = { PATH: process.env.PATH ?? '', HOME: home };
    await execa(file, [...args, 'mcp', 'remove', 'atlas'], { cwd, extendEnv: false, env, stdin: 'ignore' });
  }

  const isTried = (setting: ways.Setting) => setting.verified.includes(version);

  it('sends everything when nothing is set', () => {
    for (const text of [
      'atlas find definition',
      'atlas instructions',
      MARKERS.skillListing,
      MARKERS.agentListing,
      MARKERS.projectMemory,
    ]) {
      expect(unset).toContain(text);
    }
  });

  it('sends nothing of a server that its settings name', async () => {
    const inFiles = ways.disableServer('atlas').filter(({ text }) => text.startsWith('"'));
    expect(inFiles).toHaveLength(2);
    for (const setting of inFiles) {
      const body = await sent(written(setting));
      expect(body).not.toContain('atlas');
      expect(body).toContain('ledger post definition');
    }
  });

  it('sends nothing of a server that claude mcp remove took away', async () => {
    expect(first(ways.disableServer('atlas')).text).toBe('claude mcp remove atlas');
    const body = await sent({}, removeAtlas);
    expect(body).not.toContain('atlas find definition');
    expect(body).toContain('ledger post definition');
  });

  it('sends no definition of an MCP tool that is denied, where the table says so', async () => {
    const setting = first(ways.denyTools(['mcp__atlas__find']));
    const body = await sent(written(setting));
    expect(body.includes('atlas find definition')).toBe(!isTried(setting));
    expect(body).toContain('atlas draw definition');
  });

  it('sends no definition of a built-in tool that is denied', async () => {
    expect(unset).toContain('"name":"WebSearch"');
    const body = await sent(written(first(ways.denyTools(['WebSearch', 'NotebookEdit']))));
    expect(body).not.toMatch(/"name":"(WebSearch|NotebookEdit)"/);
  });

  it('does not list hidden skills and denied agents, where the table says so', async () => {
    const [skills, agents] = [first(ways.hideSkills(['tidy'])), first(ways.denyAgents(['scout']))];
    expect((await sent(written(skills))).includes(MARKERS.skillListing)).toBe(!isTried(skills));
    expect((await sent(written(agents))).includes(MARKERS.agentListing)).toBe(!isTried(agents));
  });

  it('sends no memory file that is excluded, nor what it imports, where the table says so', async () => {
    const body = await sent(({ memory }) => written(first(ways.excludeMemory(memory.project))));
    const isKept = !isTried(first(ways.excludeMemory('any')));
    expect([body.includes(MARKERS.projectMemory), body.includes(MARKERS.importedMemory)]).toEqual([isKept, isKept]);
    expect(body).toContain(MARKERS.userMemory);
  });

  it('cuts results of MCP tools', async () => {
    expect(unset).toContain(LONG_RESULT);
    const { env } = parseRecord(`{${first(ways.limitMcpOutput(1_000)).text}}`) ?? {};
    const both = { ...NOT_DEFERRED.env, ...(typeof env === 'object' ? env : {}) };
    expect(await sent({ env: both })).not.toContain(LONG_RESULT);
  });

  it('sends no definition of an MCP tool before it is searched for, where the table says so', async () => {
    const setting = first(ways.deferTools());
    expect((await sent(written(setting))).includes('atlas find definition')).toBe(!isTried(setting));
  });
});
