import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Rate } from '../config/limits-schema.js';
import type { SharedRedis } from '../shared/redis.js';
import { BoundedMemoryLimiter } from './bounded-memory.js';

/** Counts for one limit, by key. */
export interface Bucket {
  /** @returns null, or the milliseconds until the key may be used again */
  take(key: string, points: number): Promise<number | null>;
}

/**
 * @param name of the limit, the same in each gateway that shares it
 * @param redis null if this process counts alone, as it does while Redis is lost
 */
export function createBucket(name: string, { requests, per }: Rate, redis: SharedRedis | null): Bucket {
  // The library counts in Redis by whole seconds.
  const duration = per / 1_000;
  const memory = new BoundedMemoryLimiter(requests, duration);
  const shared =
    redis && new RateLimiterRedis({ storeClient: redis.client, keyPrefix: `rate:${name}`, points: requests, duration });
  return {
    async take(key, points) {
      const alone = () => memory.consume(key, points);
      try {
        await (redis && shared ? redis.run(() => shared.consume(key, points), alone, isLimited) : alone());
        return null;
      } catch (error) {
        if (isLimited(error)) return error.msBeforeNext;
        throw error;
      }
    },
  };
}

function isLimited(error: unknown): error is RateLimiterRes {
  return error instanceof RateLimiterRes;
}
