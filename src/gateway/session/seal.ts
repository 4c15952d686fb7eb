import { hkdfSync, randomBytes } from 'node:crypto';
import { parseJson } from '../../base/json.js';
import { decrypt, encrypt } from '../aes-gcm.js';
import type { OpenedSession } from '../request.js';

/* A sealed id is `1.` and base64url of: key id (4 bytes), and what `encrypt` makes. It has only characters that a session id may have. */

const VERSION = '1.';
const SALT = 'claude-trace gateway session v1';
const KEY_ID_BYTES = 4;
/** Longer ids were not made here. An upstream session id may have 2 KB. */
const MAX_ID_LENGTH = 4_096;
export const MAX_UPSTREAM_SESSION_LENGTH = 2_048;

export type SealedFields = Omit<OpenedSession, 'id'>;

export interface Seal {
  seal(session: SealedFields): string;
  /** Null if it was not made with one of these keys, or was changed. */
  open(id: string): SealedFields | null;
}

interface Key {
  id: Buffer;
  secret: Buffer;
}

/**
 * Seals session ids (AES-256-GCM), so that any process with a key knows route, upstream, upstream's session and subject without a shared
 * store.
 * @param secrets the first seals, all open; without any, a random key is used, and ids end with this process
 */
export function createSeal(secrets: readonly string[]): Seal {
  const [first = keyOf(randomBytes(32)), ...older] = secrets.map((secret) => keyOf(Buffer.from(secret)));
  const keys = [first, ...older];
  return {
    seal({ route, upstream, upstreamSession, subject, openedAt }) {
      const text = JSON.stringify([route, upstream, upstreamSession, subject, openedAt]);
      return VERSION + Buffer.concat([first.id, encrypt(first.secret, text, first.id)]).toString('base64url');
    },
    open(id) {
      if (!id.startsWith(VERSION) || id.length > MAX_ID_LENGTH) return null;
      const bytes = Buffer.from(id.slice(VERSION.length), 'base64url');
      // Several texts decode to the same bytes: a session has one id.
      if (VERSION + bytes.toString('base64url') !== id) return null;
      const key = keys.find((each) => each.id.equals(bytes.subarray(0, KEY_ID_BYTES)));
      const text = key === undefined ? null : decrypt(key.secret, bytes.subarray(KEY_ID_BYTES), key.id);
      return text === null ? null : fieldsOf(parseJson(text.toString()));
    },
  };
}

function keyOf(secret: Buffer): Key {
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', secret, SALT, info, length));
  return { id: derive('id', KEY_ID_BYTES), secret: derive('key', 32) };
}

function fieldsOf(value: unknown): SealedFields | null {
  if (!Array.isArray(value)) return null;
  const [route, upstream, upstreamSession, subject, openedAt]: unknown[] = value;
  if (typeof route !== 'string' || typeof upstream !== 'string' || typeof upstreamSession !== 'string') return null;
  if ((subject !== null && typeof subject !== 'string') || typeof openedAt !== 'number') return null;
  return { route, upstream, upstreamSession, subject, openedAt };
}
