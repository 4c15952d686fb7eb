import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { streamBeside } from '../../../src/runtime/threads/telemetry-supervisor.js';
import { DEFAULT_CONFIG } from '../../../src/settings/config.js';
import { fakeSpawn } from './support/fake-worker.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PATIENT = new AbortController().signal;

function streamed() {
  const threads = fakeSpawn();
  const problems: string[] = [];
  let commit = () => {};
  const stop = streamBeside({
    paths: { database: '/nonexistent/trace.db' },
    config: { ...DEFAULT_CONFIG, 'otlp.endpoint': 'http://127.0.0.1:4318' },
    session: {
      onCommit(listener) {
        commit = listener;
      },
    },
    onProblem: (_code, message) => problems.push(message),
    spawn: threads.spawn,
  });
  return { threads, problems, commit: () => commit(), stop };
}

describe('streamBeside', () => {
  it('boots no thread for a short command that sent nothing', async () => {
    const { threads, stop } = streamed();
    vi.advanceTimersByTime(900);
    await stop(PATIENT);
    vi.advanceTimersByTime(10_000);
    expect(threads.workers).toEqual([]);
  });

  it('sends what a short command sent', async () => {
    const { threads, commit, stop } = streamed();
    commit();
    const stopping = stop(PATIENT);
    expect(threads.latest.posted).toEqual([{ type: 'close' }]);
    threads.latest.emit('exit');
    await stopping;
  });

  it('waits two seconds at most', async () => {
    const { threads, stop } = streamed();
    vi.advanceTimersByTime(1_000);
    const terminated = vi.spyOn(threads.latest, 'terminate');
    const stopping = stop(PATIENT);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(terminated).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    await stopping;
    expect(terminated).toHaveBeenCalledOnce();
  });

  it('ends at once when the user asks for it', async () => {
    const { threads, stop } = streamed();
    vi.advanceTimersByTime(1_000);
    const hurry = new AbortController();
    const stopping = stop(hurry.signal);
    hurry.abort();
    await vi.advanceTimersByTimeAsync(0);
    await stopping;
    expect(threads.latest.posted).toEqual([{ type: 'close' }]);
  });

  it('reports what the thread says, and a crash, and does not restart it', async () => {
    const { threads, problems, stop } = streamed();
    vi.advanceTimersByTime(1_000);
    threads.latest.says({ type: 'problem', code: 'otlp', message: 'It was not sent.' });
    threads.latest.crashes('boom');
    expect(problems).toEqual(['It was not sent.', 'Spans and metrics were not sent: boom.']);
    await stop(PATIENT);
    expect(threads.workers).toHaveLength(1);
  });
});
