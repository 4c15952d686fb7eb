import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createObserverQueue } from '../../src/proxy/observer-queue.js';

const MB = 1024 * 1024;

function queueOf(delayMs: number) {
  const made: string[] = [];
  const queue = createObserverQueue(delayMs, () => made.push('flushed'));
  const push = (name: string, bytes = 0) => queue.push(() => made.push(name), bytes);
  return { made, queue, push };
}

/** Takes this long. */
function work(ms: number): void {
  for (const start = performance.now(); performance.now() - start < ms; );
}

describe('the queue of calls to observers', () => {
  it('makes them together, in order, some time later', async () => {
    const { made, push } = queueOf(10);
    push('a');
    push('b');
    expect(made).toEqual([]);
    await sleep(30);
    expect(made).toEqual(['a', 'b', 'flushed']);
  });

  it('without a delay makes them at once', () => {
    const { made, push } = queueOf(0);
    push('a');
    expect(made).toEqual(['a']);
  });

  it('makes waiting calls when it is flushed, each once', async () => {
    const { made, queue, push } = queueOf(5);
    push('a');
    queue.flush();
    expect(made).toEqual(['a', 'flushed']);
    push('b');
    await sleep(20);
    expect(made).toEqual(['a', 'flushed', 'b', 'flushed']);
  });

  it('does not wait with megabytes in memory', () => {
    const { made, push } = queueOf(1_000);
    push('a', 5 * MB);
    expect(made).toEqual([]);
    push('b', 5 * MB);
    expect(made).toEqual(['a', 'b', 'flushed']);
  });

  it('does not wait with very many calls in memory, whatever their bytes', () => {
    const { made, push } = queueOf(1_000);
    for (let call = 0; call < 100_000; call += 1) push('a', 1);
    expect(made).toContain('flushed');
  });

  it('lets bytes pass between calls that take long', async () => {
    const { made, queue, push } = queueOf(1);
    for (const name of ['a', 'b']) {
      queue.push(() => {
        made.push(name);
        work(3);
        setImmediate(() => made.push('bytes'));
      }, 0);
    }
    push('c');
    await expect.poll(() => made).toContain('flushed');
    expect(made.indexOf('bytes')).toBeLessThan(made.indexOf('c'));
    expect(made.filter((each) => each !== 'bytes')).toEqual(['a', 'b', 'c', 'flushed']);
  });
});
