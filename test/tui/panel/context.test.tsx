import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aRun, aShare, USAGE } from '../../store/support/records.js';
import { SESSION, storedConversation } from '../../support/stored-conversation.js';
import { KEYS, showPanel } from './support/show-panel.js';

const MISS = {
  cause: 'expired',
  source: null,
  path: null,
  detail: '23 minutes',
  lostTokens: 900,
  lostUsd: 0.15,
} as const;

function aConversation() {
  return storedConversation([
    { tokens: 40_000, shares: [aShare('framework:system', 10_000), aShare('mcp:serena', 30_000)] },
    { tokens: 90_000, cacheMiss: MISS },
    { tokens: 60_000, purpose: 'compaction', inputCostUsd: 0.2, outputCostUsd: 0.22 },
    { tokens: 20_000, continuation: 'compacted' },
  ]);
}

/** Adds a request to the main conversation, as another process does. */
function addRequest(file: string, tokens: number): void {
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  const request = aRequest(run.id, { sessionId: SESSION, model: 'claude-opus-4-5' });
  const usage = { ...USAGE, uncached: tokens, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  store.saveRequest(request);
  store.saveResponse(aResponse(request, { usage }), anAttribution([aShare('user', tokens)]));
  store.close();
}

describe('the view of the context', () => {
  it('has a bar for each request by group, and the window', async () => {
    const { file } = aConversation();
    const panel = showPanel(file);
    await panel.press('6');
    const screen = await panel.says(/3 requests, 10 % of 200k/);
    expect(screen).toContain('Main conversation of session f0b1c2d3');
    expect(screen).toMatch(/1 .* 40\.0k .* F+M+ +│/);
    expect(screen).toMatch(/▸ 3 .* 20\.0k .* FC+ +│ ↓/);
    const [, first = '', second = ''] = /1 .*? (F+M+) [\s\S]*2 .*? (FC+) /.exec(screen) ?? [];
    expect(second.length / first.length).toBeCloseTo(90 / 40, 0);
  });

  it('shows what happened to the selected request, and the figures of its groups', async () => {
    const panel = showPanel(aConversation().file);
    await panel.press('6');
    await panel.says('compacted from 90.0k to 20.0k tokens, the summary cost $0.42');
    await panel.press(KEYS.up);
    await panel.says('cache missed: the entry had expired (23 minutes)');
    expect(panel.screen()).toMatch(/▸ 2 .* ! *$/m);
    await panel.press(KEYS.up);
    await panel.says(/ M {2}mcp 30\.0k 75 % \$0\.03/);
  });

  it('gives the figures below the rows that a short conversation leaves', async () => {
    const groups = ['framework:system', 'tool:Bash', 'mcp:serena', 'skill:pdf', 'memory:/a.md', 'hook:Stop', 'agent:a'];
    const shares = [...groups, 'user'].map((source) => aShare(source, 1_000));
    const panel = showPanel(storedConversation([{ tokens: 8_000, shares }]).file, { columns: 46, rows: 35 });
    await panel.press('6');
    await panel.says(/ C {2}conversation 1\.0k/);
  });

  it('opens the selected request, and comes back to it', async () => {
    const { file, requests } = aConversation();
    const panel = showPanel(file);
    await panel.press('6');
    await panel.says('3 requests');
    await panel.press('g', KEYS.down, 'y');
    expect(panel.copied).toEqual([requests[1]?.id]);
    await panel.press(KEYS.enter);
    await panel.says(/\[2 request\]/);
    await panel.says(requests[1]?.id ?? '');
    await panel.press('\x1b');
    await panel.says(/▸ 2 .* 90\.0k/);
  });

  it('grows, and stays with the last request as long as it is selected', async () => {
    const { file } = aConversation();
    const panel = showPanel(file, { rows: 16 });
    await panel.press('6');
    await panel.says(/▸ 3 /);
    addRequest(file, 30_000);
    await panel.says(/▸ 4 .* 30\.0k/);
    await panel.press(KEYS.up);
    addRequest(file, 35_000);
    await panel.says('5 requests');
    expect(panel.screen()).toMatch(/▸ 3 /);
  });

  it('shows the agent whose request was selected', async () => {
    const { file } = storedConversation([{ tokens: 1_000 }, { tokens: 500, purpose: 'subagent', agentId: 'scout' }]);
    const panel = showPanel(file);
    await panel.says('1/2');
    await panel.press('6');
    await panel.says('Agent scout');
    expect(panel.screen()).toContain('1 request');
    await panel.press('1', KEYS.down, '6');
    await panel.says('Main conversation');
  });

  it('says that nothing was captured', async () => {
    const panel = showPanel(`${aConversation().file}.none`);
    await panel.press('6');
    await panel.says('Nothing captured yet.');
  });

  it.each([46, 80, 200])('fits %i columns', async (columns) => {
    const panel = showPanel(aConversation().file, { columns });
    await panel.press('6');
    await panel.says(/▸ 3 /);
    for (const row of panel.rows()) expect(row.trimEnd().length).toBeLessThanOrEqual(columns);
  });
});
