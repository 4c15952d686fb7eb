import type { SharedRedis } from './redis.js';

/** What several gateways must agree on: used login states, revoked tokens. Never messages. Durations are milliseconds. */
export interface SharedState {
  /** True the first time only, until the time is over. */
  useOnce(key: string, ttlMs: number): Promise<boolean>;
  put(key: string, value: string, ttlMs: number): Promise<void>;
  /** Reads and deletes: a value can be taken once. */
  take(key: string): Promise<string | null>;
  /** @param tokenHash not the token */
  revoke(tokenHash: string, ttlMs: number): Promise<void>;
  isRevoked(tokenHash: string): Promise<boolean>;
}

/** Values of one kind in this process. */
const MAX_ENTRIES = 100_000;

/**
 * @param redis null: this process has the state alone
 *
 * While Redis is lost, each process goes on with what it knows. A value that was put in Redis cannot be taken then, since another
 * process may have taken it. Revocations of that time reach Redis when it is back.
 */
export function createSharedState(redis: SharedRedis | null): SharedState {
  const used = new ExpiringMap<true>();
  const values = new ExpiringMap<string>();
  const revoked = new ExpiringMap<true>();
  const store = async (tokenHash: string, ttlMs: number) => {
    await redis?.run<unknown>(
      (client) => client.set(`revoked:${tokenHash}`, '1', 'PX', Math.ceil(ttlMs)),
      () => null,
    );
  };
  redis?.onConnected(() => {
    for (const [tokenHash, ttlMs] of revoked.remaining()) void store(tokenHash, ttlMs);
  });
  return {
    async useOnce(key, ttlMs) {
      if (used.get(key) !== undefined) return false;
      used.set(key, true, ttlMs);
      if (redis === null) return true;
      const set = await redis.run(
        (client) => client.set(`used:${key}`, '1', 'PX', Math.ceil(ttlMs), 'NX'),
        () => 'OK' as const,
      );
      return set === 'OK';
    },
    async put(key, value, ttlMs) {
      const keep = () => {
        values.set(key, value, ttlMs);
        return null;
      };
      if (redis === null) keep();
      else await redis.run<unknown>((client) => client.set(`value:${key}`, value, 'PX', Math.ceil(ttlMs)), keep);
    },
    async take(key) {
      const kept = values.get(key);
      values.delete(key);
      if (kept !== undefined || redis === null) return kept ?? null;
      return redis.run(
        (client) => client.getdel(`value:${key}`),
        () => null,
      );
    },
    async revoke(tokenHash, ttlMs) {
      revoked.set(tokenHash, true, ttlMs);
      await store(tokenHash, ttlMs);
    },
    async isRevoked(tokenHash) {
      if (revoked.get(tokenHash) !== undefined) return true;
      if (redis === null) return false;
      const found = await redis.run(
        (client) => client.exists(`revoked:${tokenHash}`),
        () => 0,
      );
      return found > 0;
    },
  };
}

/** Forgets what is over, and the oldest entry above its limit. */
class ExpiringMap<Value> {
  readonly #entries = new Map<string, { value: Value; until: number }>();

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > performance.now() ? entry.value : undefined;
  }

  set(key: string, value: Value, ttlMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: performance.now() + ttlMs });
    const now = performance.now();
    for (const [oldest, { until }] of this.#entries) {
      if (until > now && this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** With the milliseconds that are left. */
  *remaining(): Generator<[string, number]> {
    const now = performance.now();
    for (const [key, { until }] of this.#entries) if (until > now) yield [key, until - now];
  }
}
