import type { SharedRedis } from './redis.js';

/** State that several gateways share: used login states and revoked tokens, never messages. Durations are milliseconds. */
export interface SharedState {
  /** True only the first time, until the time is over. */
  useOnce(key: string, ttlMs: number): Promise<boolean>;
  /** @param tokenHash never the token itself */
  revoke(tokenHash: string, ttlMs: number): Promise<void>;
  isRevoked(tokenHash: string): Promise<boolean>;
}

/** Values of one kind in this process. */
const MAX_ENTRIES = 100_000;
/** Ten years. Issuers give tokens of any length, and Redis refuses a time that does not fit. */
const MAX_TTL_MS = 315_360_000_000;

/**
 * @param redis null if this process has the state alone
 *
 * While Redis is lost, each process uses what it knows. Revocations of that time reach Redis when it is back.
 */
export function createSharedState(redis: SharedRedis | null): SharedState {
  const used = new ExpiringSet();
  const revoked = new ExpiringSet();
  const store = async (tokenHash: string, ttlMs: number) => {
    await redis?.run<unknown>(
      (client) => client.set(`revoked:${tokenHash}`, '1', 'PX', wholeMs(ttlMs)),
      () => null,
    );
  };
  redis?.onConnected(() => {
    for (const [tokenHash, ttlMs] of revoked.remaining()) void store(tokenHash, ttlMs);
  });
  return {
    async useOnce(key, ttlMs) {
      if (used.has(key)) return false;
      used.add(key, ttlMs);
      if (redis === null) return true;
      const set = await redis.run(
        (client) => client.set(`used:${key}`, '1', 'PX', wholeMs(ttlMs), 'NX'),
        () => 'OK' as const,
      );
      return set === 'OK';
    },
    async revoke(tokenHash, ttlMs) {
      revoked.add(tokenHash, ttlMs);
      await store(tokenHash, ttlMs);
    },
    async isRevoked(tokenHash) {
      if (revoked.has(tokenHash)) return true;
      if (redis === null) return false;
      const found = await redis.run(
        (client) => client.exists(`revoked:${tokenHash}`),
        () => 0,
      );
      return found > 0;
    },
  };
}

/** A time that Redis accepts. */
export function wholeMs(ttlMs: number): number {
  return Math.ceil(Math.min(Math.max(1, ttlMs), MAX_TTL_MS));
}

/** Forgets expired entries, and the oldest one above its limit. */
class ExpiringSet {
  readonly #untils = new Map<string, number>();

  has(key: string): boolean {
    return (this.#untils.get(key) ?? 0) > performance.now();
  }

  add(key: string, ttlMs: number): void {
    const now = performance.now();
    this.#untils.delete(key);
    this.#untils.set(key, now + ttlMs);
    for (const [oldest, until] of this.#untils) {
      if (until > now && this.#untils.size <= MAX_ENTRIES) break;
      this.#untils.delete(oldest);
    }
  }

  /** Values with the milliseconds that are left. */
  *remaining(): Generator<[string, number]> {
    const now = performance.now();
    for (const [key, until] of this.#untils) if (until > now) yield [key, until - now];
  }
}
