import { hash } from 'node:crypto';

/** SHA-256 in hex: what caches and shared state know of a token. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}
