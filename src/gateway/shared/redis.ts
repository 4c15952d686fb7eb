import type { Redis } from 'ioredis';
import { now } from '../../base/clock.js';
import { codeOf, describeError } from '../../base/error-text.js';
import type { RedisConfig } from '../config/schema.js';
import type { Report } from '../facts.js';

/** Time between attempts to write while Redis is lost. */
const PROBE_MS = 250;
const MAX_RECONNECT_MS = 2_000;
const CONNECT_MS = 2_000;

/**
 * Redis or Valkey, for what several gateways share. Traffic never depends on it: when a command fails or takes too long, Redis is
 * lost, and until a write succeeds again nobody waits for it.
 */
export class SharedRedis {
  readonly client: Redis;
  readonly #report: Report;
  readonly #onConnected: (() => void)[] = [];
  #state: 'starting' | 'connected' | 'lost' | 'closed' = 'starting';
  #probe: NodeJS.Timeout | null = null;
  /** Last error of the connection that is open or is tried. */
  #lastError: unknown = null;

  private constructor(client: Redis, report: Report) {
    this.client = client;
    this.#report = report;
    // `close` follows each error, and does not say why.
    client.on('error', (error) => {
      this.#lastError = error;
    });
    client.on('close', () => this.#lose(this.#lastError ?? 'the connection was closed'));
    client.on('ready', () => {
      this.#lastError = null;
      void this.#tryWrite();
    });
  }

  /** Loads the client only here. Waits a moment for the connection; a Redis that is not there yet counts as lost until it is. */
  static async connect({ url, prefix, timeout }: RedisConfig, report: Report): Promise<SharedRedis> {
    // CommonJS: in a bundle, its other names do not exist.
    const { default: library } = await import('ioredis');
    const client = new library.Redis(url, {
      keyPrefix: prefix,
      commandTimeout: timeout,
      connectTimeout: CONNECT_MS,
      lazyConnect: true,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RECONNECT_MS) * (0.5 + Math.random() / 2),
    });
    const redis = new SharedRedis(client, report);
    await client.connect().then(
      () => redis.#tryWrite(),
      (error) => redis.#lose(error),
    );
    return redis;
  }

  get isConnected(): boolean {
    return this.#state === 'connected';
  }

  /** Called each time Redis is back, also the first time. */
  onConnected(listener: () => void): void {
    this.#onConnected.push(listener);
    if (this.isConnected) listener();
  }

  /**
   * @param without called in place of the command while Redis is lost, and if the command fails
   * @param isAnswer errors that say that Redis works
   */
  async run<Result>(
    command: (client: Redis) => Promise<Result>,
    without: () => Result | Promise<Result>,
    isAnswer: (error: unknown) => boolean = () => false,
  ): Promise<Result> {
    if (!this.isConnected) return without();
    try {
      return await command(this.client);
    } catch (error) {
      if (isAnswer(error)) throw error;
      this.#lose(error);
      return without();
    }
  }

  close(): void {
    this.#state = 'closed';
    if (this.#probe !== null) clearTimeout(this.#probe);
    this.client.disconnect();
  }

  #lose(error: unknown): void {
    if (this.#state === 'lost' || this.#state === 'closed') return;
    this.#state = 'lost';
    this.#report({ type: 'redis', at: now(), state: 'lost', reason: this.#reasonOf(error) });
    // A server that hangs keeps its connection: commands on it would wait forever.
    if (this.client.status === 'ready') this.client.disconnect(true);
    this.#probeLater();
  }

  /** Servers that do not know AUTH repeat the password. */
  #reasonOf(error: unknown): string {
    const { password } = this.client.options;
    // Where a name has several addresses, Node's error has only a code.
    const reason = describeError(error) || (codeOf(error) ?? '');
    return password ? reason.replaceAll(password, '…') : reason;
  }

  #probeLater(): void {
    if (this.#probe !== null) clearTimeout(this.#probe);
    this.#probe = setTimeout(() => void this.#tryWrite(), PROBE_MS).unref();
  }

  /** A replica, or a server that is out of memory, answers reads but not writes. */
  async #tryWrite(): Promise<void> {
    if (this.#state === 'connected' || this.#state === 'closed') return;
    try {
      if (this.client.status !== 'ready') throw new Error('not connected');
      await this.client.set('probe', '1', 'PX', 1_000);
    } catch (error) {
      if (this.#state === 'starting') this.#lose(error);
      else this.#probeLater();
      return;
    }
    if (this.#state !== 'starting' && this.#state !== 'lost') return;
    this.#state = 'connected';
    if (this.#probe !== null) clearTimeout(this.#probe);
    this.#report({ type: 'redis', at: now(), state: 'connected', reason: null });
    for (const listener of this.#onConnected) listener();
  }
}
