import type { Config } from './config.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** A megabyte as we print it (text/units.ts). */
export const BYTES_PER_MB = 1_024 ** 2;

/** How much stays in the database. */
export interface RetentionPolicy {
  maxAgeMs: number;
  maxBytes: number;
}

export function retentionPolicy({ retention_days, max_db_mb }: Config): RetentionPolicy {
  return { maxAgeMs: retention_days * DAY_MS, maxBytes: max_db_mb * BYTES_PER_MB };
}

/** The size limit never removes requests from the last 24 hours. @param now unix ms @returns unix ms */
export function sparedSince(now: number): number {
  return now - DAY_MS;
}
