import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { withTimeLimit } from '../../src/base/time-limit.js';

const never = new AbortController().signal;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

describe('withTimeLimit', () => {
  it('work is aborted after its time limit, whatever is collected as garbage before', async () => {
    const aborted = withTimeLimit(50, never, (limited) => once(limited, 'abort'));
    await sleep(10);
    collectGarbage();
    expect(await aborted).toHaveLength(1);
  });

  it('aborts work with the signal that it is given, now or later', async () => {
    const user = new AbortController();
    const reasons: unknown[] = [];
    const work = (limited: AbortSignal) =>
      limited.aborted
        ? Promise.resolve(reasons.push(limited.reason))
        : once(limited, 'abort').then(() => reasons.push(limited.reason));
    const later = withTimeLimit(60_000, user.signal, work);
    user.abort('asked');
    await later;
    await withTimeLimit(60_000, user.signal, work);
    expect(reasons).toEqual(['asked', 'asked']);
  });

  it('returns the result, or throws the error, and aborts nothing afterwards', async () => {
    const signals: AbortSignal[] = [];
    const seen = async (limited: AbortSignal) => signals.push(limited);
    expect(await withTimeLimit(5, never, seen)).toBe(1);
    await expect(withTimeLimit(5, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await sleep(20);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});
