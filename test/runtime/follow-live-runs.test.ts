import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { RunId } from '../../src/model/ids.js';
import type { PausedMessage } from '../../src/model/paused-message.js';
import { createFailureBoard } from '../../src/runtime/failure-board.js';
import { followLiveRuns } from '../../src/runtime/follow-live-runs.js';
import { openLiveChannel } from '../../src/runtime/live-channel.js';
import { announceRun, connectLiveRuns } from '../../src/runtime/live-runs.js';
import { createPauseBoard } from '../../src/runtime/pause-board.js';
import { createProgressBoard } from '../../src/runtime/progress-board.js';
import { untilTrue } from '../support/product.js';

function held(id: PausedMessage['id'], since: number): PausedMessage {
  return {
    id,
    rule: 'hold',
    server: 'tickets',
    method: 'tools/call',
    name: 'read',
    since,
    limitMs: 60_000,
    alerts: [],
  };
}

/** A run with rules, as `wrap --rules` announces it. */
async function aLiveRun(paths: { dataDir: string }, runId: RunId) {
  const pauses = createPauseBoard();
  const failures = createFailureBoard();
  const watched: boolean[] = [];
  const resumed: string[] = [];
  const channel = await openLiveChannel({
    onProgress: createProgressBoard((on) => void watched.push(on)).subscribe,
    paused: pauses.paused,
    onPaused: pauses.subscribe,
    ruleFailures: failures.failures,
    resume: (id) => void resumed.push(id),
  });
  onTestFinished(channel.close);
  announceRun(paths, { runId, rules: 'rules.yaml', socket: channel.path });
  return { pauses, failures, watched, resumed, channel };
}

it('shows the messages that all runs hold, also later ones, and resumes each in its own run', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const first = await aLiveRun({ dataDir }, 'run_1');
  first.pauses.take({ type: 'paused', message: held('pause_1', 2) });
  let shown: string[] = [];
  const runs = followLiveRuns({ dataDir }, (messages) => {
    shown = messages.map(({ id }) => id);
  });
  onTestFinished(runs.end);
  await untilTrue(() => shown.length === 1);
  const second = await aLiveRun({ dataDir }, 'run_2');
  second.pauses.take({ type: 'paused', message: held('pause_2', 1) });
  await untilTrue(() => shown.length === 2);
  expect(shown).toEqual(['pause_2', 'pause_1']);
  runs.resume('pause_2');
  await untilTrue(() => second.resumed.length === 1);
  expect([first.resumed, second.resumed]).toEqual([[], ['pause_2']]);
  second.channel.close();
  await untilTrue(() => shown.length === 1);
  expect(shown).toEqual(['pause_1']);
  // Nobody asked for answers while they come.
  expect([first.watched, second.watched]).toEqual([[], []]);
});

it('connects to the runs that go on, whatever others left behind', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const live = await aLiveRun({ dataDir }, 'run_2');
  live.pauses.take({ type: 'paused', message: held('pause_1', 2) });
  const failure = { rule: 'bad', server: 'tickets', count: 1, lastError: 'no', at: Date.now() + 5 };
  for (const at of [failure.at + 1, failure.at]) live.failures.take({ ...failure, lastError: `no ${at}`, at });
  announceRun({ dataDir }, { runId: 'run_1', rules: 'rules.yaml', socket: join(dataDir, 'nobody') });
  // Its file is removed before it is read.
  symlinkSync(join(dataDir, 'nothing'), join(dataDir, 'live', 'run_3.json'));
  const runs = await connectLiveRuns({ dataDir });
  onTestFinished(() => runs.forEach(({ connection }) => void connection.end()));
  expect(runs.map(({ runId, rules, paused }) => [runId, rules, paused.map(({ id }) => id)])).toEqual([
    ['run_2', 'rules.yaml', ['pause_1']],
  ]);
  expect(runs[0]?.failures).toEqual([{ ...failure, count: 2, lastError: `no ${failure.at + 1}`, at: failure.at + 1 }]);
  live.failures.clear();
  live.failures.take({ ...failure, at: 5 });
  expect(live.failures.failures()).toEqual([]);
  expect(existsSync(join(dataDir, 'live', 'run_1.json'))).toBe(false);
});
