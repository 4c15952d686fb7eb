import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parseRecord } from '../../../src/base/json.js';
import type { ContentBlock } from '../../../src/model/message.js';
import { messagesApi, startScriptedApi } from '../scripted-api.js';
import { hookCommand } from './hook-command.js';
import { installClaude } from './install.js';
import { runClaude } from './run.js';
import type { ClaudeVersion } from './versions.js';

/** Something that settings can leave out of requests, by a word of it that stands nowhere else. */
export const WORDS = {
  userServer: 'zorblax-usr-find',
  userServerInstructions: 'zorblax-usr-instructions',
  projectServer: 'zorblax-prj-find',
  projectServerInstructions: 'zorblax-prj-instructions',
  pluginServer: 'zorblax-plg-find',
  pluginServerInstructions: 'zorblax-plg-instructions',
  userMemory: 'zorblax-user-memory',
  projectMemory: 'zorblax-project-memory',
  nestedMemory: 'zorblax-nested-memory',
  rule: 'zorblax-rule',
  imported: 'zorblax-imported-memory',
  importedByProject: 'zorblax-imported-by-project',
  autoMemory: 'zorblax-auto-memory',
  skill: 'zorblax-skill-file',
  command: 'zorblax-command-file',
  commandInFolder: 'zorblax-command-in-folder',
  pluginSkill: 'zorblax-plugin-skill',
  agent: 'zorblax-agent-file',
  pluginAgent: 'zorblax-plugin-agent',
  hook: 'zorblax-hook',
  pluginHook: 'zorblax-plugin-hook',
} as const;

/** A result that `MAX_MCP_OUTPUT_TOKENS` cuts; not longer than what newer versions send whole: some 50,000 characters. */
export const LONG_RESULT = 'zorblax '.repeat(5_000);

const PROMPT = 'Look around. zorblax-typed-words';

export interface LabProject {
  root: string;
  home: string;
  cwd: string;
}

/** What is set before a session; nothing of it is left for the next one. */
export interface Change {
  /** `.claude/settings.local.json` of the project. */
  local?: object;
  /** Joined to `~/.claude/settings.json`. */
  user?: object;
  /** Joined to what `~/.claude.json` says of the project. */
  project?: object;
  /** `claude …`, one after another. */
  commands?: readonly string[][];
  args?: readonly string[];
  /** Runs last before the session, with all files in place. */
  prepare?: () => Promise<void>;
}

export interface Lab {
  project: LabProject;
  /** All bodies that one session sent for its main conversation, as text, and the tools of its last request. */
  session(change?: Change): Promise<{ text: string; tools: string[] }>;
  close(): Promise<void>;
}

/** A home and a project with one thing of each kind, and a plugin. The first calls of each session read a file in a folder with a memory file of its own. */
export async function openLab(version: ClaudeVersion, root: string): Promise<Lab> {
  const project = { root, home: join(root, 'home'), cwd: join(root, 'work') };
  for (const [file, content] of Object.entries(filesOf(project))) await write(file, content);
  const claude = await commandOf(version, project);
  await claude(['plugin', 'marketplace', 'add', join(root, 'market')]);
  await claude(['plugin', 'install', 'kit@market']);
  const restored = ['.claude.json', join('.claude', 'settings.json')].map((file) => join(project.home, file));
  restored.push(join(project.cwd, '.mcp.json'));
  const clean = await Promise.all(restored.map((file) => readFile(file, 'utf8')));

  const turns: ContentBlock[][] = [
    [
      call('Read', { file_path: join(project.cwd, 'nested', 'notes.txt') }, 'read'),
      // Time for servers to connect, in versions that do not wait for them.
      call('Bash', { command: 'sleep 1', description: 'Wait' }, 'wait'),
    ],
    [call('mcp__usr__draw', { topic: 'map' }, 'draw')],
    [{ type: 'text', text: 'Done.' }],
  ];
  const script = messagesApi({ sideCall: '{"title": "Looking"}', threads: [{ opensWith: PROMPT, turns }] });
  const api = await startScriptedApi({ script });

  async function session(change: Change = {}) {
    const { local = {}, user = {}, project: ofProject = {}, commands = [], args = [], prepare } = change;
    await Promise.all(restored.map((file, index) => writeFile(file, clean[index] ?? '')));
    await write(join(project.cwd, '.claude', 'settings.local.json'), JSON.stringify(local));
    await rewrite(join(project.home, '.claude', 'settings.json'), (settings) => ({ ...settings, ...user }));
    await rewrite(join(project.home, '.claude.json'), (settings) => ({
      ...settings,
      projects: { [project.cwd]: { hasTrustDialogAccepted: true, ...ofProject } },
    }));
    for (const command of commands) await claude(command);
    await prepare?.();
    const allowed = ['--allowedTools', 'mcp__usr,Read,Bash(sleep:*)'];
    const { received, exitCode, stdout, stderr } = await runClaude({
      version,
      api,
      project,
      prompt: PROMPT,
      args: [...allowed, ...args],
    });
    if (exitCode !== 0) throw new Error(`claude ended with ${exitCode}: ${stdout}${stderr}`);
    const bodies = received.filter(({ path }) => /^\/v1\/messages(\?|$)/.test(path)).map(({ body }) => body.toString());
    const main = bodies.filter((body) => toolsOf(body).length > 0);
    return { text: main.join('\n'), tools: toolsOf(main.at(-1) ?? '{}') };
  }

  return { project, session, close: () => api.close() };
}

function call(name: string, input: object, id: string): ContentBlock {
  return { type: 'tool_use', id: `toolu_scripted_${id}`, name, input };
}

/** Names of the tools whose definitions are in the context. */
function toolsOf(body: string): string[] {
  const tools = parseRecord(body)?.tools;
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool) => (tool?.defer_loading === true || typeof tool?.name !== 'string' ? [] : [tool.name]));
}

async function commandOf(version: ClaudeVersion, { home, cwd }: LabProject) {
  const program = await installClaude(version);
  const [file = program, ...before] = program.endsWith('.js') ? [process.execPath, program] : [program];
  const env = { PATH: process.env.PATH ?? '', HOME: home };
  return (args: readonly string[]) =>
    execa(file, [...before, ...args], { cwd, extendEnv: false, env, stdin: 'ignore', timeout: 60_000 });
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function rewrite(file: string, change: (content: Record<string, unknown>) => object): Promise<void> {
  await writeFile(file, JSON.stringify(change(parseRecord(await readFile(file, 'utf8')) ?? {})));
}

const MCP_SERVER = fileURLToPath(new URL('./mcp-server.mjs', import.meta.url));

function server(name: string): object {
  const tools = [
    { name: 'find', description: `zorblax-${name}-find`, result: 'Found.' },
    { name: 'draw', description: `zorblax-${name}-draw`, result: LONG_RESULT },
  ];
  const description = { name, instructions: `zorblax-${name}-instructions`, tools };
  return { command: process.execPath, args: [MCP_SERVER, JSON.stringify(description)] };
}

function described(name: string, description: string, more = ''): string {
  return `---\nname: ${name}\ndescription: ${description}\n${more}---\n\nDo it.\n`;
}

function hooks(word: string): object {
  return { SessionStart: [{ hooks: [hookCommand(word)] }] };
}

/** Where Claude Code keeps what it remembers of a project by itself. */
export function autoMemoryFile({ home, cwd }: LabProject): string {
  return join(home, '.claude', 'projects', cwd.replace(/[^a-zA-Z0-9]/g, '-'), 'memory', 'MEMORY.md');
}

function filesOf(project: LabProject): Record<string, string> {
  const { root, home, cwd } = project;
  const kit = join(root, 'market', 'kit');
  const json = JSON.stringify;
  return {
    [join(home, '.claude.json')]: json({ hasCompletedOnboarding: true, mcpServers: { usr: server('usr') } }),
    [join(home, '.claude', 'settings.json')]: json({}),
    [join(home, '.claude', 'CLAUDE.md')]: `${WORDS.userMemory}\n\n@style.md\n`,
    [join(home, '.claude', 'style.md')]: WORDS.imported,
    [join(cwd, '.mcp.json')]: json({ mcpServers: { prj: server('prj') } }),
    [join(cwd, '.claude', 'settings.json')]: json({ enableAllProjectMcpServers: true, hooks: hooks(WORDS.hook) }),
    [join(cwd, 'CLAUDE.md')]: `${WORDS.projectMemory}\n\n@docs/build.md\n`,
    [join(cwd, 'docs', 'build.md')]: WORDS.importedByProject,
    [join(cwd, 'nested', 'CLAUDE.md')]: WORDS.nestedMemory,
    [join(cwd, 'nested', 'notes.txt')]: 'Water the plants.',
    [join(cwd, '.claude', 'rules', 'style.md')]: WORDS.rule,
    [autoMemoryFile(project)]: WORDS.autoMemory,
    [join(cwd, '.claude', 'skills', 'tidy', 'SKILL.md')]: described('tidy', WORDS.skill),
    [join(cwd, '.claude', 'commands', 'greet.md')]: described('greet', WORDS.command),
    [join(cwd, '.claude', 'commands', 'team', 'bake.md')]: described('bake', WORDS.commandInFolder),
    [join(cwd, '.claude', 'agents', 'scout.md')]: described('scout', WORDS.agent, 'tools: Read\n'),
    [join(root, 'market', '.claude-plugin', 'marketplace.json')]: json({
      name: 'market',
      owner: { name: 'someone' },
      plugins: [{ name: 'kit', source: './kit', description: 'A kit' }],
    }),
    [join(kit, '.claude-plugin', 'plugin.json')]: json({ name: 'kit', version: '1.0.0', description: 'A kit' }),
    [join(kit, '.mcp.json')]: json({ mcpServers: { plg: server('plg') } }),
    [join(kit, 'skills', 'polish', 'SKILL.md')]: described('polish', WORDS.pluginSkill),
    [join(kit, 'agents', 'guide.md')]: described('guide', WORDS.pluginAgent),
    [join(kit, 'hooks', 'hooks.json')]: json({ hooks: hooks(WORDS.pluginHook) }),
  };
}
