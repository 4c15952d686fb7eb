import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { McpConnectionRow, McpMessageDetail } from '../../../src/model/mcp-rows.js';
import type { ContentBlock } from '../../../src/model/message.js';
import type { Conversation } from '../../../src/scripted/messages-api.js';
import { openReader } from '../../../src/store/index.js';
import { runClaude } from '../../support/claude/run.js';
import { settleIn } from '../../support/claude/settled.js';
import { newTrace, type Trace } from '../../support/claude/traced.js';
import { ALL_VERSIONS, type ClaudeVersion, toolNames } from '../../support/claude/versions.js';
import { withoutIds } from '../../support/claude/without-ids.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, type ScriptedApi, startScriptedApi } from '../../support/scripted-api.js';

const SERVER = fileURLToPath(new URL('../../support/mcp/logged-server.mjs', import.meta.url));
const SECRET = 'zorblax-env-0123456789';
const PROMPT = 'Ask all servers';
/** Three ways of ending a server, and of naming the protocol. */
const VERSIONS: readonly ClaudeVersion[] = [
  '2.0.30',
  '2.1.197',
  '2.1.332',
  ...(ALL_VERSIONS ? ['2.1.329' as const] : []),
];

/** One server after the other, before the first request: the order in which they answer shows in the body. */
const IN_ORDER = {
  MCP_CONNECTION_NONBLOCKING: '0',
  MCP_SERVER_CONNECTION_BATCH_SIZE: '1',
  MCP_CONNECT_TIMEOUT_MS: '60000',
};

/** By the scope that configures it. */
const SERVERS = {
  user: 'uma',
  local: 'lara',
  project: 'pia',
  'command line': 'cora',
  plugin: 'plugin:kit:pluto',
} as const;
type Scope = keyof typeof SERVERS;
const SCOPES = Object.keys(SERVERS) as Scope[];
/** As Claude Code names the tool. */
const toolOf = (scope: Scope) => `mcp__${SERVERS[scope].replace(/\W/g, '_')}__find`;

describe.each(VERSIONS)('stdio servers of Claude Code %s', (version) => {
  let root: string;
  let home: string;
  let cwd: string;
  let trace: Trace;
  let api: ScriptedApi;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'claude-trace-stdio-'));
    [home, cwd] = [join(root, 'home'), join(root, 'project')] as [string, string];
    await Promise.all([home, cwd].map((folder) => mkdir(folder)));
    trace = await newTrace();
    api = await startScriptedApi({ script: messagesApi(conversation(version)) });
  });
  afterEach(async () => {
    await api.close();
    await trace.remove();
    await removeFolder(root);
  });

  const logOf = (scope: Scope) => join(root, `${scope}.log`);

  function entry(scope: Scope): object {
    const spec = {
      name: scope,
      instructions: `Ask ${scope}.`,
      tools: [{ name: 'find', description: 'Finds.', result: `By ${scope}.` }],
    };
    return {
      type: 'stdio',
      command: process.execPath,
      args: [SERVER, logOf(scope), JSON.stringify(spec)],
      env: { NAME: SECRET, HOME_OF: `\${HOME}/x`, OTHER: `\${NO_SUCH_VARIABLE:-other}` },
    };
  }

  async function write(path: string, content: unknown): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(content));
  }

  async function configure(): Promise<string> {
    await settleIn(home, cwd);
    const file = join(home, '.claude.json');
    const state = JSON.parse(await readFile(file, 'utf8'));
    state.mcpServers = { [SERVERS.user]: entry('user') };
    state.projects[cwd].mcpServers = { [SERVERS.local]: entry('local') };
    await write(file, state);
    await write(join(cwd, '.mcp.json'), { mcpServers: { [SERVERS.project]: entry('project') } });
    const market = join(root, 'market');
    const plugin = { name: 'kit', source: './kit', description: 'A kit.' };
    await write(join(market, '.claude-plugin', 'marketplace.json'), {
      name: 'mart',
      owner: { name: 'x' },
      plugins: [plugin],
    });
    await write(join(market, 'kit', '.claude-plugin', 'plugin.json'), { name: 'kit', version: '1.0.0' });
    await write(join(market, 'kit', '.mcp.json'), { mcpServers: { pluto: entry('plugin') } });
    const source = { source: 'directory', path: market };
    const known = { mart: { source, installLocation: market, lastUpdated: '2026-01-01T00:00:00.000Z' } };
    await write(join(home, '.claude', 'plugins', 'known_marketplaces.json'), known);
    await write(join(cwd, '.claude', 'settings.local.json'), {
      enabledMcpjsonServers: [SERVERS.project],
      enabledPlugins: { 'kit@mart': true },
    });
    const given = join(root, 'given.json');
    await write(given, { mcpServers: { [SERVERS['command line']]: entry('command line') } });
    return given;
  }

  async function session(given: string, wrapped: boolean) {
    const wrapArgv = trace.wrapArgv.flatMap((word) => (word === 'wrap' ? ['wrap', '--mcp'] : [word]));
    const names = SCOPES.map(toolOf).join(',');
    const result = await runClaude({
      version,
      project: { home, cwd },
      api,
      prompt: PROMPT,
      args: ['--allowedTools', `ToolSearch,${names}`, '--mcp-config', given],
      ...(wrapped ? { wrapArgv, env: { ...IN_ORDER, ...trace.env } } : { env: IN_ORDER }),
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Done.') });
    const bodies = result.received.filter(({ path }) => path.startsWith('/v1/messages'));
    return bodies.map(({ body }) => withoutIds(body.toString()));
  }

  it('are recorded byte for byte and joined, and the API gets the same bodies as without', async () => {
    const given = await configure();
    const direct = await session(given, false);
    for (const scope of SCOPES) await writeFile(logOf(scope), '');
    const wrapped = await session(given, true);
    // Side calls come in any order. Without a diff, which would print prompts of Claude Code.
    for (const scope of SCOPES) expect([scope, direct.at(-1)?.includes(`By ${scope}.`)]).toEqual([scope, true]);
    const sorted = direct.toSorted();
    expect(wrapped.toSorted().map((body, index) => body === sorted[index])).toEqual(direct.map(() => true));

    const reader = openReader(trace.database);
    try {
      const connections = reader.mcpConnections();
      expect(connections.map(({ scope, name }) => [scope, name]).toSorted()).toEqual(
        SCOPES.map((scope) => [scope, SERVERS[scope]]).toSorted(),
      );
      for (const connection of connections) {
        expect(connection).toMatchObject({
          transport: 'stdio',
          lost: 0,
          exit: expect.stringMatching(/^SIG(INT|TERM)$|^exit code 0$/),
        });
        const messages = reader.mcpMessages(connection.id, { limit: 1_000, offset: 0 }).rows;
        const details = messages.map(({ id }) => reader.mcpMessage(id));
        for (const sender of ['client', 'server']) {
          const seen = textsOf(details, sender);
          expect(seen).toEqual(await loggedBy(logOf(scopeOf(connection)), sender));
          expect(seen.length).toBeGreaterThan(2);
        }
      }
      const calls = reader.mcpCalls().map(({ toolUseId, state }) => [toolUseId, state]);
      expect(calls.toSorted()).toEqual(SCOPES.map((_scope, index) => [`toolu_scripted_${index}`, 'ok']));
    } finally {
      reader.close();
    }
    const everything = await trace.everything();
    expect(everything.includes(SECRET)).toBe(false);
  });
});

function scopeOf({ scope }: McpConnectionRow): Scope {
  const found = SCOPES.find((each) => each === scope);
  if (found === undefined) throw new Error(`no server has scope ${scope}`);
  return found;
}

const textsOf = (messages: readonly McpMessageDetail[], sender: string) =>
  messages.flatMap((message) => (message.sender === sender ? [Buffer.from(message.bytes ?? []).toString()] : []));

async function loggedBy(file: string, sender: string): Promise<string[]> {
  const entries = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const parts = entries.map((line) => JSON.parse(line)).filter((entry) => entry.sender === sender);
  const text = Buffer.concat(parts.map(({ bytes }) => Buffer.from(bytes, 'base64'))).toString();
  return text.split('\n').filter((line) => line !== '');
}

function conversation(version: ClaudeVersion): Conversation {
  const call = (name: string, id: string, input: object): ContentBlock => ({
    type: 'tool_use',
    id: `toolu_scripted_${id}`,
    name,
    input,
  });
  const calls = SCOPES.map((scope, index) => call(toolOf(scope), String(index), { topic: scope }));
  const search = call('ToolSearch', 'search', { query: `select:${SCOPES.map(toolOf).join(',')}`, max_results: 9 });
  const turns: ContentBlock[][] = [calls, [{ type: 'text', text: 'Done.' }]];
  return {
    sideCall: '{"title": "Servers"}',
    threads: [{ opensWith: PROMPT, turns: toolNames(version).deferred ? [[search], ...turns] : turns }],
  };
}
