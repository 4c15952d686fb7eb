import { createHmac } from 'node:crypto';
import type { HeaderList } from '../../model/exchange.js';
import { findAnthropicKeys } from './anthropic-keys.js';
import { isCredentialName, isSecretField } from './credential-names.js';
import { redactOAuthFields, redactSecretFields, redactSettingFields } from './fields.js';
import { credentialsIn, redactHeader } from './headers.js';
import type { Found } from './pattern-automaton.js';
import { replaceRanges } from './replace-ranges.js';
import { SecretSearch, SHORTEST_BEGINNING, SHORTEST_SECRET } from './secret-search.js';
import { redactUrl } from './url.js';

/**
 * Keeps credentials from being stored. The rules:
 *
 * - Whatever a name marks as a credential (header, query parameter, field of an OAuth body) is replaced by
 *   `[redacted:<16 hex digits>]`: the beginning of HMAC-SHA256(key, value). The same credential always gets the same
 *   digits, so requests can be correlated; without the key, guesses cannot be tried.
 * - Each such value is remembered, and replaced wherever else it turns up: bodies, header values, URLs, errors.
 * - So is whatever has the shape of an Anthropic key, seen before or not.
 * - Where a text ends early, so is the beginning of a secret that it ends with.
 *
 * What holds no secret comes back as it was.
 */
export interface Redactor {
  /** What stands in for a value. */
  label(value: string): string;
  /** Remembers a credential of at least 12 characters; shorter ones would be found by chance. */
  learn(value: string): void;
  /** Remembers the credentials in header lines: to be done as soon as they are seen, before any body is searched. */
  learnHeaders(headers: HeaderList): void;
  /** The same for a URL, or a request target. */
  learnUrl(url: string): void;
  headers(headers: HeaderList): HeaderList;
  /** Userinfo, and credentials in query and fragment; the rest of the URL keeps its spelling. */
  url(url: string): string;
  /** `cut`: it ends early, maybe inside a secret, whose beginning is then replaced too. */
  text(text: string, cut?: boolean): string;
  /** The same for a text that goes on: what could be the beginning of a secret is replaced for now, and not remembered. */
  growing(text: string): string;
  /** Content of a body, not compressed; `cut` as above. Null when there was nothing to replace. */
  bytes(content: Buffer, cut: boolean): Buffer | null;
  /** Token fields at any depth of an OAuth body, JSON or form; one that is neither is replaced as a whole. Null as above. */
  oauthBody(content: Buffer): Buffer | null;
  /** Fields of any other JSON or form body whose names say secret. Null as above. */
  secretFields(content: Buffer): Buffer | null;
  /** The same in a body of the Messages API, but for its conversation. Null as above. */
  settingFields(content: Buffer): Buffer | null;
}

/** Bytes of the beginning of a secret that are not what many secrets begin with, such as `sk-ant-api03-`. */
const TELLING_BEGINNING = 20;

/** Characters of a secret that are searched for: servers refuse header lines that are longer. */
const LONGEST_SECRET = 16 * 1024;

/**
 * @param key of the installation, kept private, so that hashes stay comparable between sessions
 * @param secretHeaders lines of which the user's settings say that they are sent: their values are secrets
 */
export function createRedactor(key: Uint8Array, secretHeaders: HeaderList = []): Redactor {
  const secrets = new SecretSearch();
  const secretNames = new Set(secretHeaders.map(([name]) => name.toLowerCase()));
  const isCredential = (name: string): boolean => isCredentialName(name) || secretNames.has(name.toLowerCase());
  const isSecret = (name: string): boolean => isSecretField(name) || secretNames.has(name.toLowerCase());

  const label = (value: string): string =>
    `[redacted:${createHmac('sha256', key).update(value).digest('hex').slice(0, 16)}]`;

  const learn = (value: string): void => {
    if (value.length < SHORTEST_SECRET) return;
    const standIn = label(value);
    for (const form of formsOf(value.slice(0, LONGEST_SECRET))) secrets.add(form, standIn);
  };

  const bytes = (content: Buffer, cut: boolean, goesOn = false): Buffer | null => {
    const found = union([...secrets.find(content), ...findAnthropicKeys(content, cut, label)]);
    if (cut) {
      const end = content.length;
      const start = end - secrets.cutAtEnd(content);
      const telling = end - start >= TELLING_BEGINNING ? content.toString('utf8', start) : null;
      // A conversation that goes on from a cut answer repeats it, and then not at its end.
      if (telling !== null && !goesOn) learn(telling);
      if (start < end) found.push({ start, end, label: telling === null ? '[redacted]' : label(telling) });
    }
    return found.length === 0 ? null : replaceRanges(content, union(found));
  };

  const text = (value: string, cut = false, goesOn = false): string => {
    if (value.length < (cut ? SHORTEST_BEGINNING : SHORTEST_SECRET)) return value;
    return bytes(Buffer.from(value), cut, goesOn)?.toString() ?? value;
  };

  const replaceCredential = (value: string): string => {
    learn(value);
    return label(value);
  };
  const url = (value: string): string => text(redactUrl(value, replaceCredential));
  const replacement = { secret: replaceCredential, url };
  const learnHeaders = (headers: HeaderList): void => {
    for (const [name, value] of headers) {
      for (const credential of credentialsIn(name, value, isCredential)) learn(credential);
    }
  };
  learnHeaders(secretHeaders);

  return {
    label,
    learn,
    learnHeaders,
    learnUrl: (value) => void redactUrl(value, replaceCredential),
    headers: (headers) =>
      headers.map(([name, value]) => [text(name), redactHeader(name, value, { isCredential, label, url, text })]),
    url,
    text,
    growing: (value) => text(value, true, true),
    bytes,
    oauthBody: (content) => redactOAuthFields(content, replacement),
    secretFields: (content) => redactSecretFields(content, isSecret, replacement),
    settingFields: (content) => redactSettingFields(content, isSecret, replacement),
  };
}

/** The byte strings that a secret may stand as: raw, in JSON (some writers escape slashes), in a form or URL. */
function formsOf(value: string): Buffer[] {
  const json = JSON.stringify(value).slice(1, -1);
  // Lone surrogates cannot be percent-encoded: by way of UTF-8 they become U+FFFD.
  const wellFormed = Buffer.from(value).toString();
  const texts = [value, json, json.replaceAll('/', '\\/'), encodeURIComponent(wellFormed)];
  return [Buffer.from(value, 'latin1'), ...texts.map((form) => Buffer.from(form))];
}

/** Ranges in order, those that overlap joined. */
function union(found: Found[]): Found[] {
  const ranges: Found[] = [];
  for (const range of found.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const before = ranges.at(-1);
    if (before && range.start < before.end) before.end = Math.max(before.end, range.end);
    else ranges.push(range);
  }
  return ranges;
}
