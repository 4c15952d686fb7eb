import { hash } from 'node:crypto';

/** SHA-256 in hex, under which caches and shared state keep a token. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}
