import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { discoverMcpServers } from '../../../src/mcp/discover/index.js';
import { readClaudeSettings } from '../../../src/settings/claude/index.js';
import { DEFAULT_CONFIG } from '../../../src/settings/config.js';
import { messagesApi, type Script, type ScriptedApi, startScriptedApi } from '../scripted-api.js';
import { atTerminal } from './claude-terminal.js';
import { withManagedSettings } from './managed.js';
import { claudeCommand, FAKE_KEY, runClaude } from './run.js';
import type { ClaudeVersion } from './versions.js';

const MCP_SERVER = fileURLToPath(new URL('./mcp-server.mjs', import.meta.url));
/** A busy machine starts ten servers in some seconds. */
const PATIENCE_MS = 30_000;
/** A server that should not start would do so with the others. */
const GRACE_MS = 1_500;

/** MCP servers in the places of Claude Code, and what is set for them. */
export interface ServerCase {
  /** By paths below the lab; `home/.claude.json` is that of `user`, `local` and `project`. */
  files?: Record<string, object>;
  user?: Record<string, object>;
  /** Servers of the local scope. */
  local?: Record<string, object>;
  /** What else `.claude.json` says of the project. */
  project?: object;
  args?: readonly string[];
  /** Files of `/etc/claude-code`. */
  managed?: Record<string, object>;
}

/** A home, a project and programs that write down when they start. */
export interface ServerLab {
  root: string;
  cwd: string;
  /** The entry of a stdio server that is known by this word when it starts. */
  program(word: string, ...args: string[]): { command: string; args: string[] };
  /** What discovery says of each program, by its word, and of other servers, by their names. */
  decisions(given: ServerCase): Promise<Record<string, string>>;
  /**
   * Runs a session of `claude -p`, or one at a terminal, until these programs have started.
   * @param wrapArgv in front of the command; default: nothing
   * @returns the words of all that started, sorted
   */
  started(given: ServerCase, expected: readonly string[], options?: SessionOptions): Promise<string[]>;
  close(): Promise<void>;
}

export interface SessionOptions {
  wrapArgv?: readonly string[];
  env?: Record<string, string>;
  /** At a terminal, until the screen shows this. Default: with `-p`. */
  untilShown?: string;
}

export async function openServerLab(version: ClaudeVersion, root: string): Promise<ServerLab> {
  const [home, cwd, bin, log, etc] = ['home', 'repo', 'bin', 'started.log', 'etc'].map((name) => join(root, name)) as [
    ...[string, string, string, string, string],
  ];
  let expected: readonly string[] = [];
  const words = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []).filter((w) => w !== '');
  const haveStarted = async (): Promise<void> => {
    const until = Date.now() + PATIENCE_MS;
    while (!expected.every((word) => words().includes(word)) && Date.now() < until) await setTimeout(50);
    await setTimeout(GRACE_MS);
  };
  const answer = messagesApi({
    sideCall: '{"title": "Hello"}',
    threads: [{ opensWith: 'zorblax', turns: [[{ type: 'text', text: 'Good morning.' }]] }],
  });
  const script: Script = async (request) => {
    if (request.path.startsWith('/v1/messages')) await haveStarted();
    return answer(request);
  };
  const api: ScriptedApi = await startScriptedApi({ script });

  function program(word: string, ...args: string[]) {
    return { command: join(bin, word), args };
  }

  async function set(given: ServerCase): Promise<void> {
    for (const name of await readdir(root)) await rm(join(root, name), { recursive: true, force: true });
    await mkdir(cwd, { recursive: true });
    const state = {
      hasCompletedOnboarding: true,
      theme: 'dark',
      customApiKeyResponses: { approved: [FAKE_KEY.slice(-20)], rejected: [] },
      mcpServers: given.user ?? {},
      projects: {
        [cwd]: {
          hasTrustDialogAccepted: true,
          hasCompletedProjectOnboarding: true,
          mcpServers: given.local ?? {},
          ...given.project,
        },
      },
    };
    const managed = Object.entries(given.managed ?? {}).map(([name, content]) => [`etc/${name}`, content] as const);
    const files = [...Object.entries(given.files ?? {}), ...managed, ['home/.claude.json', state] as const];
    for (const [name, content] of files) await write(join(root, name), JSON.stringify(content));
    const named = new Set(JSON.stringify([files, given.args]).match(new RegExp(`${bin}/[\\w-]+`, 'g')));
    for (const file of named) await writeProgram(file);
  }

  async function writeProgram(file: string): Promise<void> {
    const word = file.slice(bin.length + 1);
    const server = JSON.stringify({ name: word, tools: [] });
    await write(file, `#!/bin/sh\necho ${word} >> '${log}'\nexec '${process.execPath}' '${MCP_SERVER}' '${server}'\n`);
    await chmod(file, 0o755);
  }

  return {
    root,
    cwd,
    program,
    async decisions(given) {
      await set(given);
      const command = ['claude', ...(given.args ?? [])];
      const context = { env: { HOME: home, PATH: process.env.PATH }, cwd, command, managedFolders: [etc] };
      const settings = readClaudeSettings(context);
      const config = { ...DEFAULT_CONFIG, 'mcp.stdio': true };
      const { servers } = discoverMcpServers({ ...context, settings, config });
      return Object.fromEntries(
        servers.map(({ name, entry, decision }) => [
          typeof entry?.command === 'string' ? entry.command.slice(bin.length + 1) : name,
          decision,
        ]),
      );
    },
    async started(given, words_, { wrapArgv = [], env = {}, untilShown } = {}) {
      await set(given);
      expected = words_;
      const prefix = given.managed === undefined ? [] : (withManagedSettings(etc) ?? []);
      const setup = {
        ...{ version, api, project: { home, cwd }, args: [...(given.args ?? [])] },
        wrapArgv: [...prefix, ...wrapArgv],
        env: { MCP_SERVER_CONNECTION_BATCH_SIZE: '20', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', ...env },
      };
      if (untilShown === undefined) {
        const { exitCode, stdout, stderr } = await runClaude({ ...setup, prompt: 'zorblax' });
        if (exitCode !== 0) throw new Error(`claude ended with ${exitCode}: ${stdout}${stderr}`);
      } else {
        await atTerminal(await claudeCommand(setup, []), api, async ({ until, sees }) => {
          await until(() => sees(untilShown), untilShown);
          await haveStarted();
        });
      }
      return [...new Set(words())].sort();
    },
    close: () => api.close(),
  };
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
