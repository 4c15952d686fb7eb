import { copyFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { defined, listed, type StoredSession, storedHistory } from '../advice/stored-history.js';
import { aShare } from '../store/support/records.js';
import { newSandbox } from '../support/product.js';

const DAY = 86_400_000;
const WORK: StoredSession = {
  id: 'f0b1c2d3-0000-4000-8000-000000000001',
  at: Date.now() - 2 * DAY,
  requests: 40,
  shares: [
    aShare('framework:system', 3_000, { part: 'prompt' }),
    defined('mcp:tickets', 2_000),
    defined('tool:ExitPlanMode', 500),
    listed('skill:tidy', 60),
    aShare('user', 20),
  ],
};

/** The product, with a history of these sessions. */
async function withHistory(...sessions: StoredSession[]) {
  const sandbox = await newSandbox();
  const reader = storedHistory(sessions);
  reader.close();
  await mkdir(dirname(sandbox.database), { recursive: true });
  await copyFile(reader.file, sandbox.database);
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await sandbox.run(['suggest', ...args]);
    return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  return { run, json: async (...args: string[]) => JSON.parse((await run('--json', ...args)).stdout) };
}

it('names what was never used, what that would have saved, what stops working, and settings that were tried', async () => {
  const { run, json } = await withHistory(WORK);
  const { findings, saved, too_short } = await json();
  expect(too_short).toBeNull();
  expect(findings.map(({ kind, sources }: { kind: string; sources: string[] }) => [kind, ...sources])).toEqual([
    ['unused_server', 'mcp:tickets'],
    ['unused_skills', 'skill:tidy'],
  ]);
  expect(saved).toMatchObject({ tokens: 40 * 2_060, tokens_per_request: 2_060, known: 'estimated' });
  const { stdout } = await run();
  expect(stdout).toContain('Disable the MCP server tickets\n');
  expect(stdout).toContain('→ "disabledMcpjsonServers": ["tickets"]\n');
  expect(stdout).toMatch(/^Leaving out what was never used would have saved about 82.4k tokens/m);
});

it('compares the next session with the one before after a setting was changed by hand', async () => {
  const shares = WORK.shares.filter(({ source }) => source !== 'mcp:tickets');
  const next = { ...WORK, id: 'a1b1c2d3-0000-4000-8000-000000000002', at: WORK.at + DAY, requests: 2, shares };
  const { run, json } = await withHistory(WORK, next);
  const check = await json('--check');
  expect(check).toMatchObject({ verdict: 'saved', saved: { tokens_per_request: 2_000 } });
  expect(check.things[0]).toMatchObject({ source: 'mcp:tickets', state: 'gone' });
  const { stdout, exitCode } = await run('--check', '--session', 'a1b1');
  expect([exitCode, stdout.trimEnd().split('\n').at(-1)]).toEqual([
    0,
    'Saved: about 2.0k tokens in each request, estimated.',
  ]);
  expect((await run('--check', '--session', 'f0b1')).stdout).toContain('No session before f0b1c2d3-');
});

it('refuses a time for --check, as it compares sessions', async () => {
  const { run } = await withHistory(WORK);
  const { exitCode, stderr } = await run('--check', '--since', 'today');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--check compares two sessions')]);
});
