import { hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type JsonRecord, parseRecord } from '../../../base/json.js';
import { decrypt, encrypt } from '../../aes-gcm.js';

/** Encrypts data that a browser keeps for us, so that it can neither read nor change it. */
export interface Sealer {
  /** @param purpose such as the route: data that was sealed for one purpose does not open for another */
  seal(value: JsonRecord, purpose: string): string;
  /** Null for a text that was not sealed with one of the keys for this purpose. */
  open(sealed: string, purpose: string): JsonRecord | null;
}

const MAX_OPENED_BYTES = 64 * 1024;

/** @param secrets of the configuration: the first seals, all open. Without any, a random one is used, and logins end with this process */
export function createSealer(secrets: readonly string[]): Sealer {
  const [first = keyOf(randomBytes(32)), ...older] = secrets.map(keyOf);
  return {
    seal(value, purpose) {
      // Tokens are base64: compressed they are as long as before the second base64. Browsers keep 4 KB.
      const text = deflateRawSync(JSON.stringify(value));
      return encrypt(first, text, Buffer.from(purpose)).toString('base64url');
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed, 'base64url');
      for (const key of [first, ...older]) {
        const text = decrypt(key, bytes, Buffer.from(purpose));
        if (text !== null) return parseRecord(inflate(text));
      }
      return null;
    },
  };
}

/** Empty if it is too large or not valid. */
function inflate(text: Buffer): string {
  try {
    return inflateRawSync(text, { maxOutputLength: MAX_OPENED_BYTES }).toString();
  } catch {
    return '';
  }
}

/** Other than that of session ids, though of the same secret. */
function keyOf(secret: string | Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'claude-trace gateway login v1', 32));
}
