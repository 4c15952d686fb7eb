import { hash, timingSafeEqual } from 'node:crypto';

/** Whether a secret is the expected one. Comparing hashes takes the same time for every text. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
