import { recordOf, type WriteJob, weightOf } from './jobs.js';

/**
 * Jobs that wait for the database, bounded by the memory they use. Above the limit whole exchanges are dropped, the oldest
 * first, and those of other kinds before `messages`. Runs and incidents are small and stay.
 */
export class WaitingJobs {
  #jobs: WriteJob[] = [];
  #bytes = 0;
  /** Requests that were dropped or refused: their responses cannot be stored. */
  readonly #gone = new Set<string>();

  constructor(private readonly maxBytes: number) {}

  get length(): number {
    return this.#jobs.length;
  }

  /** @returns the requests of the jobs that were dropped to make room, one for each job, perhaps of this one */
  push(job: WriteJob): string[] {
    this.#jobs.push(job);
    this.#bytes += weightOf(job);
    const dropped: string[] = [];
    while (this.#bytes > this.maxBytes) {
      const victim = this.#oldestExchange();
      if (victim === null) break;
      dropped.push(...this.dropExchange(victim));
    }
    return dropped;
  }

  /** Whether this is the response to a dropped request. Call it once: a request has one response. */
  isOrphan(job: WriteJob): boolean {
    return job.type === 'response' && this.#gone.delete(job.response.requestId);
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

  /** @returns the requests of the removed jobs, one for each job */
  clear(): string[] {
    const records = this.#jobs.flatMap((job) => recordOf(job) ?? []);
    this.#jobs = [];
    this.#bytes = 0;
    return records;
  }

  /** Drops the jobs of an exchange, and its response when it arrives. @returns the request, once for each dropped job */
  dropExchange(request: string): string[] {
    const kept = this.#jobs.filter((job) => recordOf(job) !== request);
    const dropped = this.#jobs.filter((job) => recordOf(job) === request);
    this.#jobs = kept;
    for (const job of dropped) this.#bytes -= weightOf(job);
    if (!dropped.some((job) => job.type === 'response')) this.#gone.add(request);
    return dropped.map(() => request);
  }

  #oldestExchange(): string | null {
    const extra = this.#jobs.find((job) => job.type === 'request' && job.request.kind !== 'messages');
    const oldest = extra ?? this.#jobs.find((job) => recordOf(job) !== null);
    return oldest ? recordOf(oldest) : null;
  }
}
