import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from '../store/support/records.js';
import { newSandbox } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';

const demo = tracedDemo();
const { printed } = demo;
const asked = async (...args: string[]) => JSON.parse(await printed(...args, '--json'));
const rowsOf = (purpose: string) => demo.requests.map(({ row }) => row).filter((row) => row.purpose === purpose);

describe('context', () => {
  it('--json has every request of the main conversation, with the figures of its row', async () => {
    const { session_id, total_requests, requests } = await asked('context');
    const rows = rowsOf('main');
    expect(rows.length).toBeGreaterThan(2);
    expect([session_id, total_requests]).toEqual([rows[0]?.sessionId, rows.length]);
    expect(requests.map(({ id }: { id: string }) => id)).toEqual(rows.map(({ id }) => id));
    for (const [index, row] of rows.entries()) {
      const { input_tokens, known, cache_read_tokens, cost_usd, groups } = requests[index];
      expect({ input_tokens, known, cache_read_tokens, cost_usd }).toEqual({
        input_tokens: row.tokens.input,
        known: 'exact',
        cache_read_tokens: row.tokens.cacheRead,
        cost_usd: row.costUsd,
      });
      const tokens = groups.reduce((sum: number, group: { tokens: number }) => sum + group.tokens, 0);
      expect(tokens).toBe(row.tokens.input);
    }
  });

  it('--agent and --thread show the conversation of a subagent', async () => {
    const [row] = rowsOf('subagent');
    const byAgent = await asked('context', '--agent', row?.agentId ?? '');
    expect(byAgent.requests.map(({ id }: { id: string }) => id)).toEqual(rowsOf('subagent').map(({ id }) => id));
    const byThread = await asked('context', '--thread', row?.id ?? '');
    expect(byThread.requests).toEqual(byAgent.requests);
    expect(await printed('context')).toContain(`--agent ${row?.agentId} (`);
  });

  it('prints a bar for each request, without colours for a pipe', async () => {
    const text = await printed('context', 'last');
    expect(text).toMatch(/^ *1 {2}.* F+T+M+.*C+/m);
    expect(text).not.toContain('\u001b');
    expect(await printed('context', '--limit', '2')).toMatch(/^2 of \d+ are shown/m);
  });

  it('--svg prints a picture', async () => {
    const svg = await printed('context', '--svg');
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(svg.match(/<g><title>/g)).toHaveLength(rowsOf('main').length);
  });

  it('refuses what does not go together or does not exist', async () => {
    const refusal = async (...args: string[]) => {
      const { exitCode, stderr } = await demo.sandbox.run(['context', ...args]);
      return `${exitCode}: ${stderr}`;
    };
    expect(await refusal('--json', '--svg')).toContain('2: claude-trace: Give only one of --json, --svg.');
    expect(await refusal('last', '--agent', 'a')).toContain('2: claude-trace: Give only one of a session');
    expect(await refusal('--limit', '1')).toContain('2: claude-trace: --limit');
    expect(await refusal('--agent', 'nobody')).toContain(
      '1: claude-trace: No request of an agent "nobody" was captured',
    );
    expect(await refusal('nothing')).toContain('1: claude-trace: No session');
  });

  it('of an empty database is empty for a program', async () => {
    const ended = await (await newSandbox()).run(['context', '--json']);
    expect(ended.exitCode).toBe(0);
    expect(JSON.parse(ended.stdout.toString())).toMatchObject({ session_id: null, total_requests: 0, requests: [] });
  });
});

describe('compare', () => {
  it('--json has both sessions as `sessions` prints them, and refuses one session twice', async () => {
    const [session] = await asked('sessions');
    const ended = await demo.sandbox.run(['compare', session.id, 'last']);
    expect(`${ended.exitCode}: ${ended.stderr}`).toMatch(
      /^2: claude-trace: Both are the session .*: give two sessions\.$/m,
    );
    const store = openStore(demo.sandbox.database);
    const run = aRun();
    store.beginRun(run);
    const request = aRequest(run.id, { sessionId: 'another' });
    store.saveRequest(request);
    store.saveResponse(aResponse(request), anAttribution([aShare('mcp:only', 1_000)]));
    store.close();
    const { first, second, sources } = await asked('compare', session.id, 'another');
    expect(first).toEqual(session);
    expect(second).toMatchObject({ id: 'another', requests: 1 });
    expect(sources.find(({ source }: { source: string }) => source === 'mcp:only')).toMatchObject({
      presence: 'only_second',
      second: { input_tokens: 1_000, tokens_per_request: 1_000 },
    });
  });
});
