import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { matchesGlob } from '../../base/glob.js';
import { RATE_TIERS, type Rate, type RateLimits, type RateTier } from '../config/limits-schema.js';
import type { SharedRedis } from '../shared/redis.js';
import type { Bucket, createBucket } from './bucket.js';

/** The keys of a request before its client is known. */
export interface EarlyKeys {
  /** Empty: a login, which belongs to no route. */
  route: string;
  ip: string;
}

export interface LateKeys extends EarlyKeys {
  /** Null if the client did not authenticate: its address takes the place of the subject. */
  subject: string | null;
  /** Null without a session. */
  session: string | null;
  /** Names of the tools that the request calls. */
  tools: readonly string[];
  /** Number of messages in the request, which count one by one: a batch is not cheaper. */
  messages: number;
}

export interface Limited {
  tier: RateTier;
  retryAfterS: number;
}

/** Each gives null, without a promise, for a route without limits. */
export interface RateLimiter {
  /** `ip`, then `global`: before anything else is done for a request. */
  takeEarly(keys: EarlyKeys): Promise<Limited | null> | null;
  /**
   * `subject`, `session`, `tool`, then `route`: what one client has used up does not count for the others. Of a batch, also `ip` and
   * `global`, for all messages but the first.
   */
  takeLate(keys: LateKeys): Promise<Limited | null> | null;
  /** Unchanged limits keep their counts. */
  use(config: RateLimitConfig): void;
}

export interface RateLimitConfig {
  rate_limits: RateLimits;
  routes: readonly { name: string; rate_limits?: RateLimits | undefined }[];
}

interface CountedKeys extends LateKeys {
  /** Number of its messages that `ip` and `global` have counted already. */
  counted: number;
}

interface Limit {
  tier: RateTier;
  bucket: Bucket;
  /** The pattern of a `tool` limit. */
  pattern: string;
}

/** Checked in this order: a request that an earlier limit refuses does not count in later ones, which more clients share. */
const EARLY = ['ip', 'global'] as const;
const LATE = ['ip', 'subject', 'session', 'tool', 'route', 'global'] as const;

/** @param redis null if each process counts alone */
export function createRateLimiter(config: RateLimitConfig, redis: SharedRedis | null): RateLimiter {
  let buckets = new Map<string, Bucket>();
  let limits = new Map<string, readonly Limit[]>();

  const use = (given: RateLimitConfig) => {
    const kept = new Map<string, Bucket>();
    const limitsOf = (scope: string, rates: RateLimits): Limit[] =>
      RATE_TIERS.flatMap((tier) => {
        const given = rates[tier];
        if (given === undefined) return [];
        const byPattern: [string, Rate][] = isRate(given) ? [['', given]] : Object.entries(given);
        return byPattern.map(([pattern, rate]) => {
          const name = [scope, tier, ...(pattern === '' ? [] : [keyOf(pattern)])].join(':');
          const id = `${name} ${rate.requests} ${rate.per}`;
          const bucket = kept.get(id) ?? buckets.get(id) ?? lazyBucket(name, rate, redis);
          kept.set(id, bucket);
          return { tier, bucket, pattern };
        });
      });
    const everywhere = limitsOf('all', given.rate_limits);
    limits = new Map([
      ['', everywhere],
      ...given.routes.map(
        ({ name, rate_limits: own = {} }) => [name, [...everywhere, ...limitsOf(`route:${name}`, own)]] as const,
      ),
    ]);
    buckets = kept;
  };

  const takeFrom = async (
    all: readonly Limit[],
    tiers: readonly RateTier[],
    keys: CountedKeys,
  ): Promise<Limited | null> => {
    for (const tier of tiers) {
      const taken = all.filter((each) => each.tier === tier).flatMap((limit) => takeAll(limit, keys));
      const waits = await Promise.all(taken);
      const wait = Math.max(...waits.map((each) => each ?? -1));
      if (wait >= 0) return { tier, retryAfterS: Math.max(1, Math.ceil(wait / 1_000)) };
    }
    return null;
  };

  use(config);
  return {
    takeEarly({ route, ip }) {
      const all = limits.get(route) ?? [];
      if (all.length === 0) return null;
      return takeFrom(all, EARLY, { route, ip, subject: null, session: null, tools: [], messages: 1, counted: 0 });
    },
    takeLate(keys) {
      const all = limits.get(keys.route) ?? [];
      return all.length === 0 ? null : takeFrom(all, LATE, { ...keys, counted: 1 });
    },
    use,
  };
}

/** Loads the counting library only if there is a limit. */
function lazyBucket(...given: Parameters<typeof createBucket>): Bucket {
  const bucket = import('./bucket.js').then((loaded) => loaded.createBucket(...given));
  return { take: async (key, points) => (await bucket).take(key, points) };
}

function takeAll({ tier, bucket, pattern }: Limit, keys: CountedKeys): Promise<number | null>[] {
  const { route, ip, subject, session, tools } = keys;
  const points = Math.max(1, keys.messages);
  const further = points - keys.counted;
  const client = () => (subject === null ? `ip:${networkOf(ip)}` : `subject:${keyOf(subject)}`);
  switch (tier) {
    case 'global':
      return further === 0 ? [] : [bucket.take('all', further)];
    case 'ip':
      return further === 0 ? [] : [bucket.take(networkOf(ip), further)];
    case 'subject':
      return [bucket.take(client(), points)];
    case 'session':
      return session === null ? [] : [bucket.take(keyOf(session), points)];
    case 'route':
      return [bucket.take(route, points)];
    case 'tool': {
      const calls = tools.filter((tool) => matchesGlob(pattern, tool)).length;
      return calls === 0 ? [] : [bucket.take(client(), calls)];
    }
  }
}

function isRate(given: Rate | Record<string, Rate>): given is Rate {
  return typeof given.requests === 'number';
}

/** Ids of sessions are secrets, and subjects can be long. */
function keyOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** The first 64 bits of an IPv6 address, which identify one client: it can choose the others. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = ip.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
