import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runClaude } from '../../test/support/claude/run.js';
import { settleIn } from '../../test/support/claude/settled.js';
import { messagesApi, startScriptedApi } from '../../test/support/scripted-api.js';
import { median } from '../numbers.js';
import { PRODUCT_WORDS } from '../targets/product.js';
import { SERVER } from './connections.js';

/** What eight stdio servers cost `claude -p`, in seconds: medians of runs in turns. */
export interface ClaudeStarts {
  wrap: number | null;
  wrapMcp: number | null;
  /** Round by round. */
  added: number | null;
}

const VERSION = '2.1.332';
const SERVERS = 8;

/** Null where the tests have not fetched Claude Code yet: see test/support/claude/install.ts. */
export async function measureClaudeStarts(folder: string, rounds: number): Promise<ClaudeStarts | null> {
  const cache = resolve(process.env.CLAUDE_TRACE_TEST_CACHE ?? join('.cache', 'claude'));
  if (!existsSync(join(cache, VERSION))) return null;
  const root = await mkdtemp(join(folder, 'claude-'));
  const [home, cwd] = [join(root, 'home'), join(root, 'project')];
  for (const each of [home, cwd]) await mkdir(each);
  await settleIn(home, cwd);
  const [command, ...args] = SERVER;
  const mcpServers = Array.from({ length: SERVERS }, (_each, index) => [`server-${index}`, { command, args }]);
  await writeFile(join(cwd, 'mcp.json'), JSON.stringify({ mcpServers: Object.fromEntries(mcpServers) }));
  const script = messagesApi({
    sideCall: '{}',
    threads: [{ opensWith: 'Hello', turns: [[{ type: 'text', text: 'Hello.' }]] }],
  });
  const api = await startScriptedApi({ script });
  // Servers answer before the first request, as they must for the cost to be seen.
  const env = {
    CLAUDE_TRACE_DATA_DIR: join(root, 'data'),
    CLAUDE_TRACE_CONFIG: join(root, 'config.json'),
    MCP_CONNECTION_NONBLOCKING: '0',
  };
  const seconds = async (options: string[]) => {
    const start = performance.now();
    const { exitCode } = await runClaude({
      version: VERSION,
      project: { home, cwd },
      api,
      prompt: 'Hello',
      args: ['--mcp-config', join(cwd, 'mcp.json')],
      wrapArgv: [...PRODUCT_WORDS, 'wrap', '--quiet', '--layout', 'none', ...options, '--'],
      env,
    });
    if (exitCode !== 0) throw new Error(`claude -p ended with ${exitCode}`);
    return (performance.now() - start) / 1000;
  };
  const pairs: [number, number][] = [];
  await seconds([]);
  for (let round = 0; round < rounds; round += 1) pairs.push([await seconds([]), await seconds(['--mcp'])]);
  await api.close();
  return {
    wrap: median(pairs.map(([plain]) => plain)),
    wrapMcp: median(pairs.map(([, mcp]) => mcp)),
    added: median(pairs.map(([plain, mcp]) => mcp - plain)),
  };
}
