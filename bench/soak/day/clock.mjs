// Preloaded into each thread of a process: from DAY_CLOCK's `from` on, its clock runs `speed` times as fast, until simulated `to`;
// then at its usual speed, so that a program ends as it would on any day.
//
// Decisions by the hour follow it: Date, and long timers. Short timers belong to the work itself, which happens in real time: frames,
// batches, handshakes, signs of life. All timers of the traffic thread count as short, since they are time limits for peers.
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const { from, to, start, speed } = JSON.parse(process.env.DAY_CLOCK);
const RealDate = Date;
const realNow = RealDate.now;
const realUptime = process.uptime;

/** Unix ms by the simulated clock. */
function simulated(real) {
  const passed = real - from;
  if (passed <= 0) return start + passed;
  return start + Math.min(passed * speed, to - start) + Math.max(0, passed - (to - start) / speed);
}
const now = () => simulated(realNow());

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === globalThis.Date ? target : newTarget),
  apply: () => new RealDate(now()).toString(),
});
RealDate.now = () => Math.floor(now());
// Time that passes here but not for performance.now() is a sleep of the machine to base/clock.ts.
const startedAt = now();
const startedAfter = os.uptime();
os.uptime = () => startedAfter + (now() - startedAt) / 1_000;
syncBuiltinESMExports();
Object.defineProperty(performance, 'timeOrigin', { get: () => now() - performance.now() });
process.uptime = () => (now() - simulated(realNow() - realUptime() * 1_000)) / 1_000;

/** Timers of this many ms or more follow the simulated clock. */
const LONG_MS = isMainThread ? 1_000 : basename(process.argv[1] ?? '').startsWith('traffic') ? Infinity : 10_000;

for (const name of ['setTimeout', 'setInterval']) {
  const real = globalThis[name];
  const fast = (callback, ms, ...args) => {
    const isFast = ms >= LONG_MS && now() < to && realNow() >= from;
    return real(callback, isFast ? ms / speed : ms, ...args);
  };
  // util.promisify(setTimeout)
  globalThis[name] = Object.defineProperties(fast, Object.getOwnPropertyDescriptors(real));
}
