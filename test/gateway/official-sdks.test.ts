import { describe, expect, it, onTestFinished } from 'vitest';
import { modernServer } from '../mcp/support/modern-server.js';
import { legacySession, modernSession } from '../mcp/support/sdk-clients.js';
import { streamableServer } from '../mcp/support/sdk-http-servers.js';
import { runningGateway } from './support/running-gateway.js';

const LEGACY_TOOLS = ['add', 'fail', 'work', 'ask'];
const MODERN_TOOLS = ['add', 'ask'];

async function served(upstream: { url: string; close(): Promise<unknown> }) {
  onTestFinished(async () => {
    await upstream.close();
  });
  const running = await runningGateway({ routes: { sums: { upstreams: [{ url: upstream.url }] } } });
  return { direct: upstream.url, through: running.url('sums'), running };
}

describe('a session through the gateway is equal to a direct one', () => {
  it.each([
    ['events', false],
    ['documents', true],
  ])('with the SDK 1.x as client and server, answers as %s', async (_what, enableJsonResponse) => {
    const { direct, through, running } = await served(await streamableServer([], { enableJsonResponse }));
    const tools = enableJsonResponse ? ['add', 'fail'] : LEGACY_TOOLS;
    const [wanted, given] = [await legacySession(direct, tools), await legacySession(through, tools)];
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
    expect(running.factsOf('upstream_error')).toEqual([]);
  });

  it('with the SDK 2.x as client, and a server of 1.x', async () => {
    const { direct, through } = await served(await streamableServer([]));
    const [wanted, given] = [await modernSession(direct, LEGACY_TOOLS), await modernSession(through, LEGACY_TOOLS)];
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
  });

  it('with the SDK 2.x as client and server, of 2026-07-28', async () => {
    const { direct, through } = await served(await modernServer());
    const [wanted, given] = [await modernSession(direct, MODERN_TOOLS), await modernSession(through, MODERN_TOOLS)];
    expect(given.protocol).toBe('2026-07-28');
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
  });
});
