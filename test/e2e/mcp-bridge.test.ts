import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ODD_SERVER } from '../gateway/support/stdio-target.js';
import { modernServer } from '../mcp/support/modern-server.js';
import { legacySession, modernSession } from '../mcp/support/sdk-clients.js';
import { served, streamableServer } from '../mcp/support/sdk-http-servers.js';
import { isAlive } from '../support/is-alive.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const BRIDGE = [process.execPath, MAIN, 'mcp', 'bridge'];

async function overHttp(...command: string[]) {
  const bridge = spawn(process.execPath, [...BRIDGE.slice(1), '--http', '0', '--', ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => {
    bridge.kill('SIGKILL');
  });
  const [url] = await once(createInterface({ input: bridge.stdout }), 'line');
  return { url: String(url), bridge };
}

/** Pids of what a process has started. */
function childrenOf(pid: number | undefined): number[] {
  const found = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return found.trim().split(/\s+/).map(Number);
}

describe('claude-trace mcp bridge <url>', () => {
  it('looks to a client like the server itself', async () => {
    const server = await served(streamableServer([]));
    const tools = ['add', 'fail', 'work', 'ask'];
    const wanted = await legacySession(server, tools);
    const given = await legacySession([...BRIDGE, server], tools);
    // A client of 1.x on stdio loses a notification that it reads together with an answer.
    expect(given.results).toEqual(wanted.results);
  });

  it('speaks 2026-07-28', async () => {
    const server = await served(modernServer());
    const wanted = await modernSession(server, ['add', 'ask']);
    const given = await modernSession([...BRIDGE, server], ['add', 'ask']);
    expect(given.protocol).toBe('2026-07-28');
    expect(given.results).toEqual(wanted.results);
  });
});

describe('claude-trace mcp bridge --http', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'leaves no server behind after %s, though it ignores the end of its input',
    async (signal) => {
      const { url, bridge } = await overHttp(process.execPath, ODD_SERVER, 'deaf');
      await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 0,
          method: 'initialize',
          params: { protocolVersion: '2025-11-25' },
        }),
      }).then((response) => response.text());
      const children = childrenOf(bridge.pid);
      expect(children.length).toBeGreaterThan(0);
      bridge.kill(signal);
      await once(bridge, 'exit');
      await expect.poll(() => children.filter(isAlive)).toEqual([]);
    },
  );
});
