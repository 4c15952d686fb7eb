import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveOverHttp } from '../../../src/gateway/bridge/index.js';
import { legacySession } from '../../mcp/support/sdk-clients.js';
import { initialize, ODD_SERVER } from '../support/stdio-target.js';

async function bridge() {
  const stderr = new PassThrough();
  const command = [process.execPath, ODD_SERVER];
  const bridge = await serveOverHttp({ command, host: '127.0.0.1', port: 0, report: () => {}, stderr });
  onTestFinished(async () => {
    await bridge.stop(0);
  });
  return { url: bridge.url, stderr };
}

function open(url: string, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify(initialize),
  });
}

describe('serveOverHttp', () => {
  it('serves a program at /mcp, and shows what it writes to stderr', async () => {
    const { url, stderr } = await bridge();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
    const { results } = await legacySession(url, ['pid']);
    expect(results).toMatchObject([
      { tools: expect.any(Array) },
      { content: [{ type: 'text' }] },
      { name: 'odd' },
      undefined,
    ]);
    expect(stderr.read()?.toString()).toBe('started\n');
  });

  it('refuses web pages, and other names of this machine', async () => {
    const { url } = await bridge();
    expect((await open(url, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await open(url, { origin: new URL(url).origin })).status).toBe(200);
  });
});
