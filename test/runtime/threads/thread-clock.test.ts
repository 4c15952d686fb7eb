import { expect, it } from 'vitest';
import { ownThreadId } from '../../../src/runtime/threads/priority.js';
import { createThreadClock } from '../../../src/runtime/threads/thread-clock.js';

function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it.runIf(process.platform === 'linux')('for a thread that runs its work counts, a twentieth to all of the time', () => {
  const clock = createThreadClock(() => ownThreadId() ?? 0, 1_000_000);
  clock();
  work(50);
  expect(clock()).toBe(0.05);
  const whole = createThreadClock(() => ownThreadId() ?? 0, 1);
  work(50);
  expect(whole()).toBe(1);
});

it('all time counts for a thread that cannot be measured', () => {
  expect(createThreadClock(() => 0, 250)()).toBe(1);
  expect(createThreadClock(() => 2 ** 30, 250)()).toBe(1);
});
