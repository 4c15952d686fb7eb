import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, describeError } from '../../base/error-text.js';
import { isSameSecret } from '../../base/same-secret.js';

const TOKEN = /^[\w-]{43}$/;

/**
 * The token of a data folder, created if it does not exist (0600). Several servers may start at once: the first link wins, and
 * all read the same token.
 *
 * @throws Error when the file cannot be read or created, or holds no token
 */
export function loadToken(file: string): string {
  return readToken(file) ?? createToken(file);
}

function readToken(file: string): string | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new Error(`${file} cannot be read: ${describeError(error)}.`, { cause: error });
  }
  if (!TOKEN.test(text)) throw new Error(`${file} holds no token. Remove it to get a new one.`);
  // A copied folder may have wider permissions.
  if (isExposed(file)) chmodSync(file, 0o600);
  return text;
}

function isExposed(file: string): boolean {
  const { uid, mode } = statSync(file);
  return process.platform !== 'win32' && uid === process.geteuid?.() && (mode & 0o077) !== 0;
}

function createToken(file: string): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(temporary, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const token = readToken(file);
  if (token === null) throw new Error(`${file} cannot be read. Remove it to get a new token.`);
  return token;
}

/** Whether an Authorization header carries the token. */
export function carriesToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  return given !== undefined && isSameSecret(given, token);
}
