import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SupervisedThread, type ThreadExit } from '../../../src/runtime/threads/supervised-thread.js';

const ECHO = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (message) => parentPort.postMessage(message));`;
const CRASH = `throw new Error('no memory');`;
/** Gives one sign of life, then never returns to its event loop. */
const STUCK = `
  const { workerData } = require('node:worker_threads');
  Atomics.add(new Int32Array(workerData, 0, 1), 0, 1);
  while (true);`;

function supervise(code: string, { maxRestarts = 0, stallMs = 60_000 } = {}) {
  const exits: ThreadExit[] = [];
  const received: unknown[] = [];
  const thread = new SupervisedThread<unknown, unknown>({
    boot: ({ marker }) => new Worker(code, { eval: true, workerData: marker.buffer }),
    maxRestarts,
    stallMs,
    onMessage: (message) => received.push(message),
    onExit: (exit) => exits.push(exit),
  });
  onTestFinished(() => thread.terminate());
  thread.start();
  return { thread, exits, received };
}

describe('SupervisedThread', () => {
  it('passes messages both ways', async () => {
    const { thread, received } = supervise(ECHO);
    thread.post({ hello: 1 });
    await vi.waitFor(() => expect(received).toEqual([{ hello: 1 }]));
  });

  it('reports why a thread ended', async () => {
    const { thread, exits } = supervise(CRASH);
    await vi.waitFor(() => expect(exits).toEqual([{ cause: 'no memory', work: null }]));
    expect(thread.life).toBeNull();
  });

  it('reports what the thread was working on', async () => {
    const { thread, exits } = supervise(ECHO);
    const work = { stage: 'read' as const, exchange: '01HZZZZZZZZZZZZZZZZZZZZZZZ' };
    thread.life?.marker.set(work);
    thread.terminate();
    await vi.waitFor(() => expect(exits).toMatchObject([{ work }]));
  });

  it('restarts a thread up to the limit', async () => {
    const { thread, exits } = supervise(CRASH, { maxRestarts: 2 });
    for (const [count, isRestarted] of [true, true, false].entries()) {
      await vi.waitFor(() => expect(exits).toHaveLength(count + 1));
      expect(thread.restart()).toBe(isRestarted);
    }
    expect(thread.boots).toBe(3);
  });

  it('counts restarts from the last progress', async () => {
    const { thread, exits } = supervise(CRASH, { maxRestarts: 1 });
    await vi.waitFor(() => expect(exits).toHaveLength(1));
    expect(thread.restart()).toBe(true);
    thread.noteProgress();
    await vi.waitFor(() => expect(exits).toHaveLength(2));
    expect(thread.restart()).toBe(true);
  });

  it('does not restart a thread when that is forbidden', async () => {
    const { thread, exits } = supervise(CRASH, { maxRestarts: 3 });
    thread.forbidRestarts();
    await vi.waitFor(() => expect(exits).toHaveLength(1));
    expect(thread.restart()).toBe(false);
  });

  it('ends a thread that gives no sign of life', async () => {
    const { exits } = supervise(STUCK, { stallMs: 500 });
    await vi.waitFor(() => expect(exits).toMatchObject([{ cause: 'it stopped responding' }]), 10_000);
  });

  it('applies a new stall limit to the running thread', async () => {
    const { thread, exits } = supervise(STUCK);
    thread.limitStall(250);
    await vi.waitFor(() => expect(exits).toHaveLength(1), 10_000);
  });

  it('ends a thread only when it is outside SQLite', async () => {
    const { thread, exits } = supervise(ECHO);
    const flags = new Int32Array(thread.life?.gate.buffer ?? new SharedArrayBuffer(8));
    Atomics.store(flags, 0, 1);
    thread.terminate();
    await pause(100);
    expect(exits).toEqual([]);
    Atomics.store(flags, 0, 0);
    await vi.waitFor(() => expect(exits).toHaveLength(1));
  });
});
