import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { parseJson } from '../../base/json.js';
import type { OpenedSession } from '../request.js';

/*
 * A sealed id is `1.` and base64url of: key id (4 bytes), iv (12), ciphertext, tag (16). It has only characters that a session id may
 * have. With random iv, a key may seal 2^32 ids.
 */

const VERSION = '1.';
const SALT = 'claude-trace gateway session v1';
const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Longer ids were not made here. An upstream session id may have 2 KB. */
const MAX_ID_LENGTH = 4_096;
export const MAX_UPSTREAM_SESSION_LENGTH = 2_048;

export type SealedFields = Omit<OpenedSession, 'id'>;

export interface Seal {
  seal(session: SealedFields): string;
  /** Null: made by nobody with these keys, or changed. */
  open(id: string): SealedFields | null;
}

interface Key {
  id: Buffer;
  secret: Buffer;
}

/**
 * Seals session ids (AES-256-GCM), so that any process with a key knows route, upstream, upstream's session and subject without a shared
 * store.
 * @param secrets the first seals, all open; none: a random key, so that ids end with this process
 */
export function createSeal(secrets: readonly string[]): Seal {
  const [first = keyOf(randomBytes(32)), ...older] = secrets.map((secret) => keyOf(Buffer.from(secret)));
  const keys = [first, ...older];
  return {
    seal({ route, upstream, upstreamSession, subject, openedAt }) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', first.secret, iv).setAAD(first.id);
      const text = JSON.stringify([route, upstream, upstreamSession, subject, openedAt]);
      const sealed = Buffer.concat([first.id, iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return VERSION + sealed.toString('base64url');
    },
    open(id) {
      if (!id.startsWith(VERSION) || id.length > MAX_ID_LENGTH) return null;
      const bytes = Buffer.from(id.slice(VERSION.length), 'base64url');
      // Several texts decode to the same bytes: a session has one id.
      if (VERSION + bytes.toString('base64url') !== id) return null;
      if (bytes.length < KEY_ID_BYTES + IV_BYTES + TAG_BYTES) return null;
      const key = keys.find((each) => each.id.equals(bytes.subarray(0, KEY_ID_BYTES)));
      return key === undefined ? null : decrypt(key, bytes.subarray(KEY_ID_BYTES));
    },
  };
}

function keyOf(secret: Buffer): Key {
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', secret, SALT, info, length));
  return { id: derive('id', KEY_ID_BYTES), secret: derive('key', 32) };
}

function decrypt({ id, secret }: Key, bytes: Buffer): SealedFields | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(id).setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    return fieldsOf(parseJson(text.toString()));
  } catch {
    return null;
  }
}

function fieldsOf(value: unknown): SealedFields | null {
  if (!Array.isArray(value)) return null;
  const [route, upstream, upstreamSession, subject, openedAt]: unknown[] = value;
  if (typeof route !== 'string' || typeof upstream !== 'string' || typeof upstreamSession !== 'string') return null;
  if ((subject !== null && typeof subject !== 'string') || typeof openedAt !== 'number') return null;
  return { route, upstream, upstreamSession, subject, openedAt };
}
