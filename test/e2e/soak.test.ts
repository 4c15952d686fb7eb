import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SoakPlan } from '../../bench/soak/plan.js';
import { killed, soak } from '../../bench/soak/scenarios.js';
import { startUpstream } from '../../bench/start-upstream.js';
import { removeFolder } from '../support/remove-folder.js';

async function arena() {
  const folder = await mkdtemp(join(tmpdir(), 'claude-trace-soak-'));
  onTestFinished(() => removeFolder(folder));
  const env = { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder };
  const upstream = await startUpstream(folder, env);
  onTestFinished(async () => void (await upstream.server.finish()));
  return { ...upstream, env, folder: join(folder, 'product') };
}

const plan = (more: Partial<SoakPlan>): SoakPlan => ({
  first: 0,
  connections: 20,
  requests: 300,
  perSecond: null,
  seconds: null,
  isMixed: true,
  ...more,
});

const NOTHING_WRONG = { errors: [], lost: 0, mixed: 0, unattributed: 0 };

/** `npm run soak` does the same with more of everything. */
describe('under load', { timeout: 300_000 }, () => {
  it('all that one run sends at full speed is stored, and nothing is mixed up', async () => {
    expect(await soak(await arena(), [plan({ requests: 300 })])).toMatchObject({ answered: 300, ...NOTHING_WRONG });
  });

  it('all that several runs send at once is stored in their one database', async () => {
    const plans = [0, 1, 2].map((index) => plan({ first: index * 1_000, requests: 100, perSecond: 40 }));
    expect(await soak(await arena(), plans)).toMatchObject({ answered: 300, ...NOTHING_WRONG });
  });

  it('kill -9 in mid-traffic loses nothing that a reader has seen', async () => {
    expect(await killed(await arena(), 2)).toMatchObject({ lost: 0, damage: 0 });
  });
});
