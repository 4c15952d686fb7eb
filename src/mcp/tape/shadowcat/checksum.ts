import { createHash } from 'node:crypto';

/** `unverified`: it differs from what the plans of Shadowcat describe, which need not be what its code does. */
export type Checksum = 'verified' | 'unverified' | 'missing';

/**
 * The checksum of version 1 as far as it is known, from the text of a plan: SHA-256 of each frame as compact JSON, of the session's
 * id, and of the start and the number of frames as 64-bit numbers, little-endian.
 */
export class ShadowcatChecksum {
  readonly #hash = createHash('sha256');

  frame(json: string): void {
    this.#hash.update(json);
  }

  /** @param startedAt unix ms @returns `sha256:` and 64 hexadecimal digits; call it once, after the last frame */
  end(sessionId: string, startedAt: number, frames: number): string {
    const numbers = Buffer.alloc(16);
    numbers.writeBigUInt64LE(BigInt(Math.max(0, Math.trunc(startedAt))), 0);
    numbers.writeBigUInt64LE(BigInt(frames), 8);
    return `sha256:${this.#hash.update(sessionId).update(numbers).digest('hex')}`;
  }
}
