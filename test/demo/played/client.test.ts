import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecord, parseRecord } from '../../../src/base/json.js';
import { startDemo } from '../../../src/demo/demo.js';
import { PROMPTS } from '../../../src/demo/script.js';
import type { ScriptedApi } from '../../../src/scripted/scripted-api.js';

const CLIENT = fileURLToPath(new URL('../../../src/demo/played/client.ts', import.meta.url));

describe('the demo session', () => {
  let api: ScriptedApi;
  let folder: string;
  let stdout: string;

  beforeAll(async () => {
    api = await startDemo();
    folder = await mkdtemp(join(tmpdir(), 'claude-trace-demo-'));
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, api.caPem);
    const env = { HTTPS_PROXY: api.proxyUrl, NODE_EXTRA_CA_CERTS: ca };
    stdout = (await execa(process.execPath, ['--import', 'tsx', CLIENT], { env })).stdout;
  });
  afterAll(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  const bodies = () =>
    api.received.filter(({ path }) => path.startsWith('/v1/messages?')).map(({ body }) => parseRecord(body.toString()));

  it('prints the prompts and the whole answers', () => {
    for (const prompt of PROMPTS) expect(stdout).toContain(`> ${prompt}`);
    expect(stdout).toContain('asks for a test of an empty order.');
  });

  it('uses one connection, through the proxy', () => {
    expect(api.connects.map(({ target }) => target)).toEqual(['api.anthropic.com:443']);
    expect(new Set(api.received.map(({ connection }) => connection)).size).toBe(1);
  });

  it('sends the whole conversation again with every request, and marks its end for the cache', () => {
    const main = bodies().filter((body) => Array.isArray(body?.tools) && body.tools.length > 2);
    const lengths = main.map((body) => (Array.isArray(body?.messages) ? body.messages.length : 0));
    expect(lengths).toEqual([1, 3, 5, 7, 9, 11, 13]);
    for (const body of main) expect(JSON.stringify(body?.messages).match(/cache_control/g)).toHaveLength(1);
  });

  it('carries every kind of source', () => {
    const all = JSON.stringify(bodies().at(-1));
    for (const mark of [
      'mcp__serena__',
      'mcp__tickets__',
      'Contents of',
      'hook',
      'Base directory for this skill',
      'reviewer',
    ]) {
      expect(all).toContain(mark);
    }
  });

  it('marks the requests of the subagent', () => {
    const agents = api.received.filter(({ headers }) => headers.some(([name]) => name === 'x-claude-code-agent-id'));
    expect(agents).toHaveLength(2);
    expect(agents.every(({ body }) => isRecord(parseRecord(body.toString())))).toBe(true);
  });

  it('refuses to run without a proxy', async () => {
    const env = { PATH: process.env.PATH };
    const refused = await execa(process.execPath, ['--import', 'tsx', CLIENT], {
      env,
      extendEnv: false,
      reject: false,
    });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('claude-trace demo');
  });
});
