import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type JsonRecord, parseRecord } from '../../../base/json.js';

/** Encrypts what a browser keeps for us, so that it can neither read nor change it. */
export interface Sealer {
  /** @param purpose of what is sealed, such as the route: sealed for one, it opens for no other */
  seal(value: JsonRecord, purpose: string): string;
  /** Null for what was not sealed with one of the keys for this purpose. */
  open(sealed: string, purpose: string): JsonRecord | null;
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_OPENED_BYTES = 64 * 1024;

/** @param secrets of the configuration: the first seals, all open; none: a random one, so that logins end with this process */
export function createSealer(secrets: readonly string[]): Sealer {
  const [first = keyOf(randomBytes(32)), ...older] = secrets.map(keyOf);
  return {
    seal(value, purpose) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, first, iv).setAAD(Buffer.from(purpose));
      // Tokens are base64: compressed they are as long as before the second base64. Browsers keep 4 KB.
      const text = cipher.update(deflateRawSync(JSON.stringify(value)));
      return Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) return null;
      for (const key of [first, ...older]) {
        try {
          const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
            .setAAD(Buffer.from(purpose))
            .setAuthTag(bytes.subarray(-TAG_BYTES));
          const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
          return parseRecord(inflateRawSync(text, { maxOutputLength: MAX_OPENED_BYTES }).toString());
        } catch {
          // Sealed with another key, for another purpose, or changed.
        }
      }
      return null;
    },
  };
}

/** Other than that of session ids, though of the same secret. */
function keyOf(secret: string | Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'claude-trace gateway login v1', 32));
}
