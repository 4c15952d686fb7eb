import { exchangeOf, isRecord, type WriteJob, weightOf } from './jobs.js';

/**
 * Jobs that wait for the database, bounded by the memory they use. Above the limit whole exchanges and MCP records are dropped,
 * the oldest first, and exchanges of kind `messages` last. Runs and incidents are small and stay.
 */
export class WaitingJobs {
  #jobs: WriteJob[] = [];
  #bytes = 0;
  /** Exchanges whose request was dropped or refused: their responses cannot be stored. */
  readonly #gone = new Set<string>();

  constructor(private readonly maxBytes: number) {}

  get length(): number {
    return this.#jobs.length;
  }

  /** @returns the jobs that were dropped to make room, perhaps this one */
  push(job: WriteJob): WriteJob[] {
    this.#jobs.push(job);
    this.#bytes += weightOf(job);
    const dropped: WriteJob[] = [];
    while (this.#bytes > this.maxBytes) {
      const victim = this.#jobs.find(isExtra) ?? this.#jobs.find(isRecord);
      if (victim === undefined) break;
      dropped.push(...this.#dropWith(victim));
    }
    return dropped;
  }

  /** Whether this is the response to a dropped request. Call it once: a request has one response. */
  isOrphan(job: WriteJob): boolean {
    return job.type === 'response' && this.#gone.delete(job.response.correlationId);
  }

  /** The first jobs, up to a number and a size, but at least one; they stay until `shift`. */
  first(maxJobs: number, maxBytes: number): WriteJob[] {
    const batch: WriteJob[] = [];
    let bytes = 0;
    for (const job of this.#jobs) {
      bytes += weightOf(job);
      if (batch.length === maxJobs || (batch.length > 0 && bytes > maxBytes)) break;
      batch.push(job);
    }
    return batch;
  }

  shift(count: number): void {
    for (const job of this.#jobs.splice(0, count)) this.#bytes -= weightOf(job);
  }

  /** @returns the removed jobs */
  clear(): WriteJob[] {
    const removed = this.#jobs;
    this.#jobs = [];
    this.#bytes = 0;
    return removed;
  }

  /** Drops the jobs of an exchange, and its response when it arrives. @returns the dropped jobs */
  dropExchange(exchange: string): WriteJob[] {
    const dropped = this.#drop((job) => exchangeOf(job) === exchange);
    if (!dropped.some((job) => job.type === 'response')) this.#gone.add(exchange);
    return dropped;
  }

  #dropWith(victim: WriteJob): WriteJob[] {
    const exchange = exchangeOf(victim);
    if (exchange !== null) return this.dropExchange(exchange);
    this.#bytes -= weightOf(victim);
    return this.#jobs.splice(this.#jobs.indexOf(victim), 1);
  }

  #drop(isDropped: (job: WriteJob) => boolean): WriteJob[] {
    const dropped = this.#jobs.filter(isDropped);
    this.#jobs = this.#jobs.filter((job) => !isDropped(job));
    for (const job of dropped) this.#bytes -= weightOf(job);
    return dropped;
  }
}

/** Dropped before the others. */
function isExtra(job: WriteJob): boolean {
  return job.type === 'mcp' || (job.type === 'request' && job.request.kind !== 'messages');
}
