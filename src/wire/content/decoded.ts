/**
 * Decoded content, or why there is none. `complete` is false when the input ended too early: `bytes` is then what could
 * be decoded. A corrupt or oversized input is not partly decoded: what is behind the damage would go by unseen.
 */
export type Decoded = { ok: true; bytes: Buffer; complete: boolean } | { ok: false; reason: string };

export function tooLarge(encoding: string, limit: number): string {
  return `the ${encoding} content decodes to more than ${limit} bytes`;
}
