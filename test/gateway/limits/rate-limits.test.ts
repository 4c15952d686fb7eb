import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRateLimiter, networkOf, type RateLimiter } from '../../../src/gateway/limits/rate-limits.js';

const RATE = { requests: 2, per: 10_000 };
const KEYS = { route: 'tickets', ip: '10.0.0.1', subject: 'ada', session: 's1', tools: ['list'], messages: 1 };

function limiterOf(
  rate_limits: object,
  routes: { name: string; rate_limits?: object }[] = [{ name: 'tickets' }, { name: 'wiki' }],
) {
  return createRateLimiter({ rate_limits, routes }, null);
}

/** The tier that refuses each of some requests. */
async function tiersOf(limiter: RateLimiter, ...requests: Partial<typeof KEYS>[]) {
  const tiers: (string | null)[] = [];
  for (const each of requests) {
    const keys = { ...KEYS, ...each };
    const limited = (await limiter.takeEarly(keys)) ?? (await limiter.takeLate(keys));
    tiers.push(limited?.tier ?? null);
  }
  return tiers;
}

afterEach(() => void vi.useRealTimers());

describe('each tier', () => {
  it.each<[string, Partial<typeof KEYS>, Partial<typeof KEYS>]>([
    ['ip', {}, { ip: '10.0.0.2' }],
    ['subject', {}, { subject: 'bob' }],
    ['session', {}, { session: 's2' }],
    ['route', {}, { route: 'wiki' }],
  ])('%s counts by its own key', async (tier, same, other) => {
    expect(await tiersOf(limiterOf({ [tier]: RATE }), same, same, same, other)).toEqual([null, null, tier, null]);
  });

  it('global counts everything', async () => {
    const limiter = limiterOf({ global: RATE });
    const others = [{}, { ip: '10.0.0.2', subject: 'bob', route: 'wiki' }, { ip: '10.0.0.3', subject: 'eve' }];
    expect(await tiersOf(limiter, ...others)).toEqual([null, null, 'global']);
  });

  it('tool counts calls of a subject by name or pattern', async () => {
    const limiter = limiterOf({ tool: { 'delete_*': { requests: 1, per: 10_000 } } });
    const requests = [['list'], ['delete_a'], ['delete_b'], ['list'], []].map((tools) => ({ tools }));
    expect(await tiersOf(limiter, ...requests, { tools: ['delete_a'], subject: 'bob' })).toEqual([
      null,
      null,
      'tool',
      null,
      null,
      null,
    ]);
  });

  it('subject counts addresses of clients that did not authenticate', async () => {
    const limiter = limiterOf({ subject: RATE });
    const anonymous = { ...KEYS, subject: null };
    for (const expected of [null, null, 'subject'])
      expect((await limiter.takeLate(anonymous))?.tier ?? null).toBe(expected);
    expect(await limiter.takeLate({ ...anonymous, ip: '10.0.0.2' })).toBeNull();
  });

  it('session counts only requests of sessions', async () => {
    const limiter = limiterOf({ session: { requests: 1, per: 10_000 } });
    for (let turn = 0; turn < 3; turn++) expect(await limiter.takeLate({ ...KEYS, session: null })).toBeNull();
  });
});

it.each(['ip', 'global', 'subject', 'session', 'route'])(
  '%s counts the messages of a batch one by one',
  async (tier) => {
    const limiter = limiterOf({ [tier]: { requests: 5, per: 10_000 } });
    expect(await tiersOf(limiter, { messages: 3 }, { messages: 2 }, { messages: 0 })).toEqual([null, null, tier]);
    expect(await tiersOf(limiterOf({ [tier]: RATE }), { messages: 3 })).toEqual([tier]);
  },
);

it('a batch above the limit of its client does not use up those of all', async () => {
  const limiter = limiterOf({ global: { requests: 4, per: 10_000 }, subject: RATE });
  expect(await tiersOf(limiter, { messages: 100 }, { subject: 'bob' })).toEqual(['subject', null]);
});

it('counts the limits of a route besides those of the gateway', async () => {
  const limiter = limiterOf({ subject: { requests: 3, per: 10_000 } }, [
    { name: 'tickets', rate_limits: { subject: { requests: 1, per: 10_000 } } },
    { name: 'wiki' },
  ]);
  const wiki = { route: 'wiki' };
  expect(await tiersOf(limiter, {}, {}, wiki, wiki)).toEqual([null, 'subject', null, 'subject']);
});

it('counts the messages of a batch one by one', async () => {
  const limiter = limiterOf({ subject: { requests: 10, per: 10_000 }, tool: { list: { requests: 3, per: 10_000 } } });
  expect(await tiersOf(limiter, { messages: 8 }, { messages: 3 })).toEqual([null, 'subject']);
  const calls = limiterOf({ tool: { list: { requests: 3, per: 10_000 } } });
  expect(await tiersOf(calls, { tools: ['list', 'list', 'list'] }, {})).toEqual([null, 'tool']);
});

it('does not let a client that is over its limit use up that of the route', async () => {
  const limiter = limiterOf({ subject: RATE, route: { requests: 4, per: 10_000 } });
  expect(await tiersOf(limiter, ...Array<object>(20).fill({}))).toEqual([null, null, ...Array(18).fill('subject')]);
  expect(await tiersOf(limiter, { subject: 'bob' }, { subject: 'bob' }, { subject: 'eve' })).toEqual([
    null,
    null,
    'route',
  ]);
});

it('says when to try again, and lets the client in then', async () => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  const limiter = limiterOf({ subject: RATE });
  expect(await tiersOf(limiter, {}, {})).toEqual([null, null]);
  vi.advanceTimersByTime(3_500);
  expect(await limiter.takeLate(KEYS)).toEqual({ tier: 'subject', retryAfterS: 7 });
  vi.advanceTimersByTime(6_499);
  expect(await limiter.takeLate(KEYS)).toEqual({ tier: 'subject', retryAfterS: 1 });
  vi.advanceTimersByTime(1);
  expect(await limiter.takeLate(KEYS)).toBeNull();
});

it('keeps the counts of limits that a reload does not change', async () => {
  const limiter = limiterOf({ subject: RATE, ip: RATE });
  expect(await tiersOf(limiter, {}, {})).toEqual([null, null]);
  limiter.use({ rate_limits: { subject: RATE, ip: { requests: 100, per: 10_000 } }, routes: [{ name: 'tickets' }] });
  expect(await tiersOf(limiter, {})).toEqual(['subject']);
  limiter.use({ rate_limits: {}, routes: [{ name: 'tickets' }] });
  expect(await tiersOf(limiter, {})).toEqual([null]);
});

describe('the network of an address', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:0001::6', '2001:db8:1:0'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['1:2:3:4:5:6:7::', '1:2:3:4'],
  ])('%s: %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it('is the key of a limit: one client has 2^64 addresses of IPv6', async () => {
    const limiter = limiterOf({ ip: RATE });
    const requests = ['2001:db8::1', '2001:db8::2', '2001:db8::ffff:3', '2001:db8:0:1::1'].map((ip) => ({ ip }));
    expect(await tiersOf(limiter, ...requests)).toEqual([null, null, 'ip', null]);
  });
});

it('is bounded in memory against made-up addresses, and remembers those that come all the time', async () => {
  const limiter = limiterOf({ ip: { requests: 1, per: 3_600_000 } });
  const steady = () => limiter.takeEarly({ route: 'tickets', ip: '203.0.113.9' });
  const attack = async (from: number, count: number) => {
    for (let n = from; n < from + count; n++) {
      if (n % 10_000 === 0) await steady();
      await limiter.takeEarly({
        route: 'tickets',
        ip: `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`,
      });
    }
  };
  await attack(0, 60_000);
  const before = memory();
  await attack(60_000, 150_000);
  expect(memory() - before).toBeLessThan(5);
  expect(await steady()).toMatchObject({ tier: 'ip' });
});

/** MB of the heap after a collection. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}
