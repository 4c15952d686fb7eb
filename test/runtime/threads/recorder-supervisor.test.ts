import { describe, expect, it } from 'vitest';
import { recordedServer } from '../../../src/mcp/discover/index.js';
import { newRunId } from '../../../src/model/ids.js';
import { RecorderSupervisor } from '../../../src/runtime/threads/recorder-supervisor.js';
import type { spawnThread } from '../../../src/runtime/threads/spawn.js';
import { type Stage, WorkMarker } from '../../../src/runtime/threads/work-marker.js';
import { type FakeWorker, fakeSpawn } from './support/fake-worker.js';

const EXCHANGE = '01HZZZZZZZZZZZZZZZZZZZZZZZ';

function recorder({ isStarted = true, spawn }: { isStarted?: boolean; spawn?: typeof spawnThread } = {}) {
  const threads = fakeSpawn();
  const problems: string[] = [];
  let reconnected = 0;
  const run = { id: newRunId(), pid: 1, startedAt: 0, command: 'claude', cwd: '/', version: '0' };
  const supervisor = new RecorderSupervisor(
    {
      database: 'traces.db',
      redactionKey: 'key',
      secretHeaders: [],
      mcpServers: null,
      mcpNames: { 'mcp.include': ['*'], 'mcp.exclude': [] },
      mcpHosts: [],
      run,
      prices: {},
      rules: null,
      retention: { maxAgeMs: 1, maxBytes: 1 },
    },
    {
      onCommitted: () => {},
      onProgress: () => {},
      onProblem: (code) => problems.push(code),
      onReconnect: () => {
        reconnected += 1;
      },
    },
    spawn ?? threads.spawn,
  );
  if (isStarted) supervisor.start();
  return { supervisor, threads, problems, reconnected: () => reconnected };
}

function crashesAt(worker: FakeWorker, stage: Stage): void {
  new WorkMarker(worker.start.workBuffer as SharedArrayBuffer).set({ stage, exchange: EXCHANGE });
  worker.crashes('boom');
}

const careOf = ({ start }: FakeWorker) => (start.careful as Map<string, string>).get(EXCHANGE);
const typesTo = ({ posted }: FakeWorker) => posted.map(({ type }) => type);

describe('RecorderSupervisor', () => {
  it('keeps what comes before its start for the thread, which boots once', () => {
    const { supervisor, threads } = recorder({ isStarted: false });
    expect(supervisor.connect()).not.toBeNull();
    supervisor.noteIncident('unreadable', 'why', 1);
    supervisor.watch(true);
    expect(threads.workers).toHaveLength(0);
    supervisor.start();
    supervisor.start();
    expect(threads.workers).toHaveLength(1);
    expect(typesTo(threads.latest)).toEqual(['tap', 'incident', 'watch']);
  });

  it('replaces a thread that crashes, and lets the taps reconnect', () => {
    const { threads, problems, reconnected } = recorder();
    threads.latest.crashes('boom');
    expect(threads.workers).toHaveLength(2);
    expect(reconnected()).toBe(1);
    expect(problems).toEqual(['recorder_restarted']);
  });

  it('keeps nobody waiting when the system has no room for another thread', async () => {
    const spawn = () => {
      throw new Error('no threads left');
    };
    const { supervisor, problems, reconnected } = recorder({ isStarted: false, spawn });
    const known = supervisor.useMcpServers([]);
    supervisor.start();
    await known;
    expect(problems).toEqual(['recorder_gone']);
    expect(reconnected()).toBe(1);
    expect(supervisor.connect()).toBeNull();
    expect(await supervisor.finish(100, new AbortController().signal)).toEqual({ lost: 0 });
  });

  it('stops capture after too many crashes in a row', () => {
    const { supervisor, threads, problems, reconnected } = recorder();
    for (let crash = 0; crash < 4; crash++) threads.latest.crashes('boom');
    expect(problems.at(-1)).toBe('recorder_gone');
    expect(reconnected()).toBe(4);
    expect(supervisor.connect()).toBeNull();
  });

  it('counts crashes from the last exchange that was stored whole', () => {
    const { threads, problems } = recorder();
    for (let crash = 0; crash < 6; crash++) {
      threads.latest.crashes('boom');
      threads.latest.says({ type: 'committed', rows: [{ state: 'complete' }] });
    }
    expect(problems).not.toContain('recorder_gone');
  });

  it('does not take the open exchanges that every thread stores again for progress', () => {
    const { threads, problems } = recorder();
    for (let crash = 0; crash < 4; crash++) {
      threads.latest.crashes('boom');
      threads.latest.says({ type: 'committed', rows: [{ state: 'open' }] });
    }
    expect(problems.at(-1)).toBe('recorder_gone');
  });

  it('treats an exchange with more care after each crash over it', () => {
    const { threads } = recorder();
    for (const care of ['unattributed', 'without_bodies', 'left_out']) {
      crashesAt(threads.latest, 'attribute');
      expect(careOf(threads.latest)).toBe(care);
    }
  });

  it('leaves out the bodies at once where they could not be read', () => {
    const { threads } = recorder();
    crashesAt(threads.latest, 'read');
    expect(careOf(threads.latest)).toBe('without_bodies');
  });

  it('tells a new thread whether answers are watched', () => {
    const { supervisor, threads } = recorder();
    supervisor.watch(true);
    threads.latest.crashes('boom');
    expect(threads.latest.posted).toEqual([{ type: 'watch', watched: true }]);
  });

  it('finishes when everything is drained', async () => {
    const { supervisor, threads, problems } = recorder();
    const finishing = supervisor.finish(100, new AbortController().signal);
    expect(typesTo(threads.latest)).toEqual(['finish']);
    threads.latest.says({ type: 'drained', lost: 3 });
    threads.latest.emit('exit');
    expect(await finishing).toEqual({ lost: 3 });
    expect(problems).toEqual([]);
  });

  it('lets a thread that replaces a crashed one finish', async () => {
    const { supervisor, threads } = recorder();
    const finishing = supervisor.finish(100, new AbortController().signal);
    threads.latest.crashes('boom');
    expect(typesTo(threads.latest)).toEqual(['finish']);
    threads.latest.says({ type: 'drained', lost: 0 });
    threads.latest.emit('exit');
    expect(await finishing).toEqual({ lost: 0 });
  });

  it('waits until a thread knows other servers of MCP, or was replaced by one that does', async () => {
    const { supervisor, threads } = recorder();
    const servers = [{ ...recordedServer('sums', ['sums'], {}), url: 'http://localhost/mcp/sums' }];
    let known = 0;
    const use = () => supervisor.useMcpServers(servers).then(() => ++known);
    const first = use();
    expect(threads.latest.posted).toEqual([{ type: 'mcp_servers', servers }]);
    await Promise.resolve();
    expect(known).toBe(0);
    threads.latest.says({ type: 'mcp_servers_known' });
    expect(await first).toBe(1);
    const second = use();
    threads.latest.crashes('boom');
    expect(await second).toBe(2);
    expect(threads.latest.start.mcpServers).toEqual(servers);
  });

  it('says that rows may be missing when a signal ends the wait', async () => {
    const { supervisor, threads, problems } = recorder();
    const hurry = new AbortController();
    const finishing = supervisor.finish(100, hurry.signal);
    hurry.abort();
    expect(threads.latest.posted.at(-1)).toEqual({ type: 'finish', timeoutMs: 0 });
    threads.latest.emit('exit');
    expect(await finishing).toEqual({ lost: 0 });
    expect(problems).toEqual(['recorder_cut']);
  });
});
