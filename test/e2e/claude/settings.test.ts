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

  async function newProject(): Promise<Project> {
    return makeProject(join(root, String(projects++)));
  }

  /** What the model was sent in a session with these settings. */
  async function sent(
    settings: object | ((project: Project) => ways.Setting[]),
    where: 'project' | 'user' = 'project',
  ) {
    const project = await newProject();
    const { home, cwd } = project;
    const text = typeof settings === 'function' ? settings(project)[0]?.text : undefined;
    const chosen = text === undefined ? settings : (parseRecord(`{${text}}`) ?? {});
    const file = join(cwd, '.claude', 'settings.json');
    const own = parseRecord(await readFile(file, 'utf8')) ?? {};
    await writeFile(
      file,
      JSON.stringify({ env: { ENABLE_TOOL_SEARCH: 'false' }, enableAllProjectMcpServers: true, ...own, ...chosen }),
    );
    const trusted = { hasCompletedOnboarding: true, projects: { [cwd]: { hasTrustDialogAccepted: true } } };
    await writeFile(join(cwd, '.mcp.json'), JSON.stringify({ mcpServers: where === 'project' ? servers : {} }));
    await writeFile(
      join(home, '.claude.json'),
      JSON.stringify({ ...trusted, ...(where === 'user' ? { mcpServers: servers } : {}) }),
    );
    if (where === 'user') {
      const program = await installClaude(version);
      const [node = program, ...script] = program.endsWith('.js') ? [process.execPath, program] : [program];
      await execa(node, [...script, 'mcp', 'remove', 'atlas'], {
        cwd,
        extendEnv: false,
        env: { PATH: process.env.PATH ?? '', HOME: home },
        stdin: 'ignore',
      });
    }
    const prompt = `Look around. ${MARKERS.prompt}`;
    const { received, exitCode } = await runClaude({
      version,
      api,
      project: { home, cwd },
      prompt,
      args: ['--allowedTools', 'mcp__ledger'],
    });
    expect(exitCode).toBe(0);
    return received
      .filter(({ path }) => /^\/v1\/messages(\?|$)/.test(path))
      .map(({ body }) => body.toString())
      .join('\n');
  }

  const nth =
    (settings: readonly ways.Setting[], index = 0) =>
    () =>
      settings.slice(index, index + 1);
  const isTriedWith = ([setting]: readonly ways.Setting[]) => setting?.verified.includes(version) ?? false;

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

  it.each([
    ['disabledMcpjsonServers', 1],
    ['deniedMcpServers', 2],
  ])('sends nothing of a server that %s names', async (_, index) => {
    const body = await sent(nth(ways.disableServer('atlas'), index));
    expect(body).not.toContain('atlas');
    expect(body).toContain('ledger post definition');
  });

  it('sends nothing of a server that claude mcp remove took away', async () => {
    const body = await sent({}, 'user');
    expect(body).not.toContain('atlas find definition');
    expect(body).toContain('ledger post definition');
  });

  it('sends no definition of an MCP tool that is denied, where the table says so', async () => {
    const settings = ways.denyTools(['mcp__atlas__find']);
    const body = await sent(() => settings);
    expect(body.includes('atlas find definition')).toBe(!isTriedWith(settings));
    expect(body).toContain('atlas draw definition');
  });

  it('sends no definition of a built-in tool that is denied', async () => {
    expect(unset).toContain('"name":"WebSearch"');
    expect(await sent(nth(ways.denyTools(['WebSearch', 'NotebookEdit'])))).not.toMatch(
      /"name":"(WebSearch|NotebookEdit)"/,
    );
  });

  it('does not list hidden skills and denied agents, where the table says so', async () => {
    for (const [settings, marker] of [
      [ways.hideSkills(['tidy']), MARKERS.skillListing],
      [ways.denyAgents(['scout']), MARKERS.agentListing],
    ] as const) {
      expect((await sent(() => [...settings])).includes(marker)).toBe(!isTriedWith(settings));
    }
  });

  it('sends no memory file that is excluded, nor what it imports, where the table says so', async () => {
    const settings = (project: Project) => ways.excludeMemory(project.memory.project);
    const body = await sent(settings);
    const isKept = !isTriedWith(ways.excludeMemory('any'));
    expect([body.includes(MARKERS.projectMemory), body.includes(MARKERS.importedMemory)]).toEqual([isKept, isKept]);
    expect(body).toContain(MARKERS.userMemory);
  });

  it('cuts results of MCP tools', async () => {
    expect(unset).toContain(LONG_RESULT);
    const [limit] = ways.limitMcpOutput(1_000);
    const env = parseRecord(`{${limit?.text}}`)?.env;
    expect(await sent({ env: { ENABLE_TOOL_SEARCH: 'false', ...(typeof env === 'object' ? env : {}) } })).not.toContain(
      LONG_RESULT,
    );
  });

  it('sends no definition of an MCP tool before it is searched for, where the table says so', async () => {
    const settings = ways.deferTools();
    expect((await sent(() => settings)).includes('atlas find definition')).toBe(!isTriedWith(settings));
  });
});
