import { RecentMap } from '../base/recent-map.js';

/** Values by token, each valid until a time. At most `limit` of them; the least recently used are forgotten. */
export class ExpiringMap<Value> {
  readonly #entries: RecentMap<string, { value: Value; until: number }>;

  constructor(limit: number) {
    this.#entries = new RecentMap(limit);
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
  }

  /** @param until unix milliseconds */
  set(key: string, value: Value, until: number): void {
    this.#entries.set(key, { value, until });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
