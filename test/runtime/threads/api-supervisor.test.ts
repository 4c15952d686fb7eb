import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProgressEvent } from '../../../src/model/progress.js';
import { serveBeside } from '../../../src/runtime/threads/api-supervisor.js';
import { parseConfig } from '../../../src/settings/config-schema.js';
import { fakeSpawn } from './support/fake-worker.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function served() {
  const threads = fakeSpawn();
  const problems: string[] = [];
  const listeners = new Set<(event: ProgressEvent) => void>();
  const folder = join('/nonexistent', 'claude-trace');
  const stop = serveBeside({
    paths: {
      dataDir: folder,
      database: join(folder, 'traces.db'),
      redactionKey: join(folder, 'key'),
      apiToken: join(folder, 'token'),
      panelShares: join(folder, 'panel.json'),
      configFile: join(folder, 'config.json'),
      tapes: join(folder, 'tapes'),
      settingsBackups: join(folder, 'settings-backups'),
    },
    config: parseConfig({}, 'config.json'),
    session: {
      onProgress(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    onProblem: (_code, message) => problems.push(message),
    spawn: threads.spawn,
  });
  return { threads, problems, listeners, stop };
}

describe('serveBeside', () => {
  it('boots no thread for a command that is over at once', async () => {
    const { threads, stop } = served();
    vi.advanceTimersByTime(900);
    await stop();
    vi.advanceTimersByTime(10_000);
    expect(threads.workers).toEqual([]);
  });

  it('passes on answers that grow while a client follows them', () => {
    const { threads, listeners } = served();
    vi.advanceTimersByTime(1_000);
    threads.latest.says({ type: 'followed', followed: true });
    for (const listener of listeners) {
      listener({ type: 'grown', answers: [] });
      listener({ type: 'ended', ids: [] });
    }
    expect(threads.latest.posted).toEqual([{ type: 'progress', answers: [] }]);
    threads.latest.says({ type: 'followed', followed: false });
    expect(listeners.size).toBe(0);
  });

  it('waits for a server that is asked to close', async () => {
    const { threads, stop } = served();
    vi.advanceTimersByTime(1_000);
    threads.latest.says({ type: 'serving' });
    const stopping = stop();
    expect(threads.latest.posted).toEqual([{ type: 'close' }]);
    threads.latest.emit('exit');
    await stopping;
  });

  it('ends a server that does not close in time', async () => {
    const { threads, stop } = served();
    vi.advanceTimersByTime(1_000);
    threads.latest.says({ type: 'serving' });
    const terminated = vi.spyOn(threads.latest, 'terminate');
    const stopping = stop();
    expect(terminated).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    await stopping;
    expect(terminated).toHaveBeenCalledOnce();
  });

  it('reports a crash, and does not restart the thread', async () => {
    const { threads, problems, stop } = served();
    vi.advanceTimersByTime(1_000);
    threads.latest.crashes('boom');
    expect(problems[0]).toBe('The HTTP API failed: boom.');
    await stop();
    expect(threads.workers).toHaveLength(1);
  });
});
