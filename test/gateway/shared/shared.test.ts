import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayFact } from '../../../src/gateway/facts.js';
import { createRateLimiter } from '../../../src/gateway/limits/rate-limits.js';
import { SharedRedis } from '../../../src/gateway/shared/redis.js';
import { createSessionUse } from '../../../src/gateway/shared/session-use.js';
import { createSharedState } from '../../../src/gateway/shared/shared-state.js';
import { freePort } from '../../support/loopback.js';
import { rawUpstream } from '../support/raw-http.js';
import { hasRedis, NO_REDIS, startRedis } from '../support/redis-server.js';

const KEYS = { route: 'r', ip: '10.0.0.1', subject: 'ada', session: null, tools: [], messages: 1 };

describe('state of one process', () => {
  it('is used once, and over in time', async () => {
    const state = createSharedState(null);
    expect([await state.useOnce('a', 60_000), await state.useOnce('a', 60_000)]).toEqual([true, false]);
    expect([await state.useOnce('b', 1), await later(20, () => state.useOnce('b', 60_000))]).toEqual([true, true]);
    await state.revoke('h', 60_000);
    expect([await state.isRevoked('h'), await state.isRevoked('other')]).toEqual([true, false]);
  });
});

describe('a Redis that cannot be used', () => {
  async function reasonOf(url: string): Promise<string | null | undefined> {
    const facts: GatewayFact[] = [];
    const client = await SharedRedis.connect({ url, prefix: 'test:', timeout: 10_000 }, (fact) => facts.push(fact));
    onTestFinished(() => client.close());
    return facts.find((fact) => fact.type === 'redis')?.reason;
  }

  /** A server that answers each command with an error. */
  async function refusing(error: string): Promise<string> {
    const url = await rawUpstream((socket) =>
      socket.on('data', (commands) => {
        for (const _ of commands.toString().matchAll(/^\*\d/gm)) socket.write(`-${error}\r\n`);
      }),
    );
    return `redis://:s%65same@${new URL(url).host}`;
  }

  it.each(['127.0.0.1', 'localhost'])('is lost because nobody listens at %s', async (host) => {
    expect(await reasonOf(`redis://${host}:${await freePort()}`)).toContain('ECONNREFUSED');
  });

  it('is lost because of the wrong password', async () => {
    const error = 'WRONGPASS invalid username-password pair or user is disabled.';
    expect(await reasonOf(await refusing(error))).toBe(error);
  });

  it('is lost with an error that does not repeat the password', async () => {
    const url = await refusing("ERR unknown command 'AUTH', with args beginning with: 'sesame'");
    expect(await reasonOf(url)).toBe("ERR unknown command 'AUTH', with args beginning with: '…'");
  });
});

describe.skipIf(!hasRedis)(`state of two processes (${NO_REDIS})`, () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  /** Two clients, as two gateways have them, with what they report. */
  async function pair(timeout = 10_000) {
    const redis = await startRedis();
    open.push(() => redis[Symbol.asyncDispose]());
    const facts: string[][] = [[], []];
    const clients = await Promise.all(facts.map((reported) => connect(redis.url, reported, timeout)));
    return { redis, facts, clients };
  }

  async function connect(url: string, facts: string[], timeout = 10_000) {
    const report = (fact: GatewayFact) => void (fact.type === 'redis' && facts.push(fact.state));
    const client = await SharedRedis.connect({ url, prefix: 'test:', timeout }, report);
    open.push(() => client.close());
    return client;
  }

  it('agrees', async () => {
    const { facts, clients } = await pair();
    const [one, two] = clients.map((client) => createSharedState(client));
    if (!one || !two) throw new Error('two');
    expect([await one.useOnce('a', 60_000), await two.useOnce('a', 60_000)]).toEqual([true, false]);
    await two.revoke('h', 60_000);
    expect([await one.isRevoked('h'), await one.isRevoked('other')]).toEqual([true, false]);
    // Times that Redis would refuse.
    for (const [hash, ttl] of Object.entries({ endless: Number.POSITIVE_INFINITY, year9999: 1e300, over: -1 })) {
      await two.revoke(hash, ttl);
    }
    expect([await one.isRevoked('endless'), await one.isRevoked('year9999')]).toEqual([true, true]);
    expect(facts).toEqual([['connected'], ['connected']]);
  });

  it('knows which sessions another one uses', async () => {
    const { redis, facts, clients } = await pair();
    const [one, two] = clients.map((client) => createSessionUse(client));
    one?.note('a', 60_000);
    one?.note('b', 1);
    await expect.poll(() => two?.isNoted('a')).toBe(true);
    await expect.poll(() => two?.isNoted('b')).toBe(false);
    expect(await two?.isNoted('c')).toBe(false);
    await redis.kill();
    expect(await two?.isNoted('a')).toBe(false);
    expect(facts[1]).toEqual(['connected', 'lost']);
  });

  it('uses a state once, even if both ask at the same time', async () => {
    const { clients } = await pair();
    const states = clients.map((client) => createSharedState(client));
    for (let turn = 0; turn < 50; turn++) {
      const used = await Promise.all([...states, ...states].map((state) => state.useOnce(`u${turn}`, 60_000)));
      expect(used.filter(Boolean)).toHaveLength(1);
    }
  });

  it('holds limits across both exactly', async () => {
    const { clients } = await pair();
    const config = { rate_limits: { subject: { requests: 100, per: 60_000 } }, routes: [{ name: 'r' }] };
    const limiters = clients.map((client) => createRateLimiter(config, client));
    const taken = await Promise.all(Array.from({ length: 400 }, (_, n) => limiters[n % 2]?.takeLate(KEYS)));
    expect(taken.filter((each) => each === null)).toHaveLength(100);
    expect(taken.find((each) => each !== null)).toEqual({ tier: 'subject', retryAfterS: 60 });
  });

  it('a gateway whose Redis is gone goes on in memory at once, reports it once, and shares again when Redis is back', async () => {
    const { redis, facts, clients } = await pair();
    const [client] = clients;
    if (!client) throw new Error('one');
    const config = { rate_limits: { subject: { requests: 50, per: 3_600_000 } }, routes: [{ name: 'r' }] };
    const limiter = createRateLimiter(config, client);
    const state = createSharedState(client);
    expect(await limiter.takeLate(KEYS)).toBeNull();
    await redis.kill();
    await expect.poll(() => facts[0]).toEqual(['connected', 'lost']);
    const started = performance.now();
    const taken = await Promise.all(Array.from({ length: 200 }, () => limiter.takeLate(KEYS)));
    await state.revoke('meanwhile', 60_000);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(taken.filter((each) => each === null)).toHaveLength(50);
    expect(await state.isRevoked('meanwhile')).toBe(true);
    await redis.start();
    await expect.poll(() => facts[0]).toEqual(['connected', 'lost', 'connected']);
    expect(await limiter.takeLate({ ...KEYS, subject: 'bob' })).toBeNull();
    // Tokens that were revoked in the meantime reach the other process.
    const other = createSharedState(await connect(redis.url, []));
    await expect.poll(() => other.isRevoked('meanwhile')).toBe(true);
  });

  it('a Redis that hangs is waited for only once, and at most for the timeout', async () => {
    const { redis, facts, clients } = await pair(400);
    const [client] = clients;
    if (!client) throw new Error('one');
    const state = createSharedState(client);
    redis.hang();
    const started = performance.now();
    expect(await state.isRevoked('a')).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
    const next = performance.now();
    for (let turn = 0; turn < 200; turn++) await state.isRevoked('a');
    expect(performance.now() - next).toBeLessThan(400);
    expect(facts[0]).toEqual(['connected', 'lost']);
    redis.wake();
    await expect.poll(() => facts[0]).toEqual(['connected', 'lost', 'connected']);
  });

  it('starts without a Redis, and finds it later', async () => {
    const port = await freePort();
    const facts: string[] = [];
    const client = await connect(`redis://127.0.0.1:${port}`, facts);
    expect(facts).toEqual(['lost']);
    expect(await createSharedState(client).useOnce('a', 1_000)).toBe(true);
  });
});

async function later<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
  await new Promise((wake) => setTimeout(wake, ms));
  return work();
}
