import { createHmac } from 'node:crypto';
import { MIN_SECRET_LENGTH } from '../../base/credentials.js';
import { RecentMap } from '../../base/recent-map.js';
import type { HeaderList } from '../../model/exchange.js';
import { findAnthropicKeys } from './anthropic-keys.js';
import { isCredentialName, isSecretField } from './credential-names.js';
import { redactOAuthFields, redactSecretFields, redactSettingFields } from './fields.js';
import { credentialsIn, redactHeader } from './headers.js';
import type { Found } from './pattern-automaton.js';
import { replaceRanges } from './replace-ranges.js';
import { MIN_BEGINNING_LENGTH, SecretSearch } from './secret-search.js';
import { passwordIn, redactUrl } from './url.js';

/**
 * Keeps credentials from being stored. The rules:
 *
 * - A value whose name marks it as a credential (header, query parameter, field of an OAuth body) is replaced by
 *   `[redacted:<16 hex digits>]`: the beginning of HMAC-SHA256(key, value). The same credential always gets the same
 *   digits, so requests can be correlated; without the key nobody can test guesses.
 * - Each such value is remembered, and replaced everywhere else: in bodies, header values, URLs and errors.
 * - Text in the form of an Anthropic key is always replaced.
 * - At the end of a text that ends early, the beginning of a secret is replaced.
 *
 * A text without secrets is returned as it is.
 */
export interface Redactor {
  /** A redactor that knows what this one knows and will learn. What it learns itself, only it knows. */
  scope(): Redactor;
  /**
   * The scope of one MCP server, the same for each call. A server that chose ordinary text as a session id, a cookie or a token
   * would otherwise have it replaced in all other traffic.
   */
  ofServer(server: string): Redactor;
  /** The text that replaces a value. */
  label(value: string): string;
  /** Remembers a credential of at least 12 characters; shorter ones would be found by chance. */
  learn(value: string): void;
  /** Remembers a credential permanently and for all scopes: traffic need not show it again. */
  settle(value: string): void;
  /**
   * Remembers a text that rules keep from being stored, for all scopes: it is replaced by `HIDDEN` where it is repeated. A text of
   * fewer than 12 characters is replaced only where it is the whole text.
   */
  hide(value: string): void;
  /** Remembers the credentials in header lines. Must be called as soon as they are seen, before any body is searched. */
  learnHeaders(headers: HeaderList): void;
  /** Remembers the credentials in a URL or a request target. Must be called as soon as it is seen, before any body is searched. */
  learnUrl(url: string): void;
  headers(headers: HeaderList): HeaderList;
  /** Replaces userinfo, and credentials in path, query and fragment; the rest of the URL keeps its spelling. */
  url(url: string): string;
  /** @param cut the text ends early, maybe inside a secret, whose beginning is then replaced too */
  text(text: string, cut?: boolean): string;
  /** Replaces secrets in a text that is still growing. What may be the beginning of a secret is replaced, but not remembered. */
  growing(text: string): string;
  /** Replaces secrets in the decoded content of a body. @returns null where there was nothing to replace */
  bytes(content: Buffer, cut: boolean): Buffer | null;
  /** Replaces token fields at any depth of an OAuth body, JSON or form, or all of a body that is neither. @returns null where there was nothing to replace */
  oauthBody(content: Buffer): Buffer | null;
  /** Replaces fields with secret names in any other JSON or form body. @returns null where there was nothing to replace */
  secretFields(content: Buffer): Buffer | null;
  /** Replaces fields with secret names in a body of the Messages API, except for its conversation. @returns null where there was nothing to replace */
  settingFields(content: Buffer): Buffer | null;
}

/** The beginning of a secret that is longer than what many secrets begin with, such as `sk-ant-api03-`. */
const DISTINCT_BEGINNING_LENGTH = 20;

/** Characters of a secret that are searched for: servers refuse longer header lines. */
const MAX_SECRET_LENGTH = 16 * 1024;

/** In place of what rules redact. */
export const HIDDEN = '[redacted]';

/** A hidden text is searched for in pieces, since what repeats it may cut it. They overlap, and so are replaced together. */
const PIECE_LENGTH = 256;
const MAX_HIDDEN_PIECES = 20_000;
const MAX_SHORT_TEXTS = 1_000;

/**
 * @param key private key of the installation, with which hashes are comparable between sessions
 * @param secretHeaders header lines of the user's settings, whose values are secrets
 */
export function createRedactor(key: Uint8Array, secretHeaders: HeaderList = []): Redactor {
  const secretNames = new Set(secretHeaders.map(([name]) => name.toLowerCase()));
  const isCredential = (name: string): boolean => isCredentialName(name) || secretNames.has(name.toLowerCase());
  const isSecret = (name: string): boolean => isSecretField(name) || secretNames.has(name.toLowerCase());

  const label = (value: string): string =>
    `[redacted:${createHmac('sha256', key).update(value).digest('hex').slice(0, 16)}]`;

  const addTo = (search: SecretSearch, value: string): void => {
    if (value.length < MIN_SECRET_LENGTH) return;
    const replacement = label(value);
    const searched = value.slice(0, MAX_SECRET_LENGTH);
    for (const form of [...formsOf(searched), ...escapedFormsOf(searched)]) search.add(form, replacement);
  };

  const settled = new SecretSearch();
  const hidden = new SecretSearch(MAX_HIDDEN_PIECES);
  const shortTexts = new RecentMap<string, true>(MAX_SHORT_TEXTS);
  const hide = (value: string): void => {
    if (value.length < MIN_SECRET_LENGTH) {
      if (value !== '') shortTexts.set(value, true);
      return;
    }
    for (const piece of piecesOf(value.slice(0, MAX_SECRET_LENGTH))) {
      for (const form of formsOf(piece)) hidden.add(form, HIDDEN);
    }
  };

  /** @param around further secrets that it knows */
  function redactorOver(around: readonly SecretSearch[]): Redactor {
    const secrets = new SecretSearch();
    const searches = [...around, secrets];
    const servers = new Map<string, Redactor>();
    const learn = (value: string): void => addTo(secrets, value);

    const bytes = (content: Buffer, cut: boolean, growing = false): Buffer | null => {
      const found = union([
        ...searches.flatMap((search) => search.find(content)),
        ...findAnthropicKeys(content, cut, label),
      ]);
      if (cut) {
        const end = content.length;
        const start = end - Math.max(...searches.map((search) => search.cutAtEnd(content)));
        const distinct = end - start >= DISTINCT_BEGINNING_LENGTH ? content.toString('utf8', start) : null;
        // A conversation that continues after a cut answer repeats it, but not at its end.
        if (distinct !== null && !growing) learn(distinct);
        if (start < end) found.push({ start, end, label: distinct === null ? '[redacted]' : label(distinct) });
      }
      return found.length === 0 ? null : replaceRanges(content, union(found));
    };

    const text = (value: string, cut = false, growing = false): string => {
      if (shortTexts.get(value)) return HIDDEN;
      if (value.length < (cut ? MIN_BEGINNING_LENGTH : MIN_SECRET_LENGTH)) return value;
      return bytes(Buffer.from(value), cut, growing)?.toString() ?? value;
    };

    const replaceCredential = (value: string): string => {
      learn(value);
      return label(value);
    };
    const url = (value: string): string => text(redactUrl(value, replaceCredential));
    const replacement = { secret: replaceCredential, url };
    const scope = () => redactorOver(searches);

    return {
      scope,
      ofServer(server) {
        const known = servers.get(server) ?? scope();
        servers.set(server, known);
        return known;
      },
      label,
      learn,
      settle: (value) => addTo(settled, value),
      hide,
      learnHeaders(headers) {
        for (const [name, value] of headers) {
          for (const credential of credentialsIn(name, value, isCredential)) learn(credential);
        }
      },
      learnUrl(value) {
        redactUrl(value, replaceCredential);
        learn(passwordIn(value));
      },
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

  const redactor = redactorOver([settled, hidden]);
  redactor.learnHeaders(secretHeaders);
  return redactor;
}

/** The byte strings that a text may be written as: raw, in JSON (some writers escape slashes), in a form or URL. */
function formsOf(value: string): Buffer[] {
  const json = JSON.stringify(value).slice(1, -1);
  // Lone surrogates cannot be percent-encoded; through UTF-8 they become U+FFFD.
  const wellFormed = Buffer.from(value).toString();
  const texts = [value, json, json.replaceAll('/', '\\/'), encodeURIComponent(wellFormed)];
  return [Buffer.from(value, 'latin1'), ...texts.map((form) => Buffer.from(form))];
}

/** Forms of a value in JSON of servers whose writers escape more than they must. */
function escapedFormsOf(value: string): Buffer[] {
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = escaped(json, /[^ -~]/g);
  return [
    // Python, and PHP.
    ascii,
    ascii.replaceAll('/', '\\/'),
    // Go.
    escaped(json, /[<>&]/g),
    // .NET: also the + of Base64.
    escaped(json.replaceAll('\\"', '"'), /[^ -~]|["&'+<>`]/g, true),
  ].map((form) => Buffer.from(form));
}

function escaped(json: string, units: RegExp, isUpperCase = false): string {
  return json.replace(units, (unit) => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${isUpperCase ? hex.toUpperCase() : hex}`;
  });
}

/** Pieces that overlap, without halves of characters. The last one is as long as the others. */
function* piecesOf(text: string): Generator<string> {
  for (let start = 0; ; start += PIECE_LENGTH - 2) {
    const isLast = start + PIECE_LENGTH >= text.length;
    const from = isLast ? Math.max(0, text.length - PIECE_LENGTH) : start;
    const to = from + PIECE_LENGTH;
    yield text.slice(from - (isLowSurrogate(text, from) ? 1 : 0), to + (isLowSurrogate(text, to) ? 1 : 0));
    if (isLast) return;
  }
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return at > 0 && code >= 0xdc00 && code < 0xe000;
}

/** Sorts ranges, and joins those that overlap. */
function union(found: Found[]): Found[] {
  const ranges: Found[] = [];
  for (const range of found.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const before = ranges.at(-1);
    if (before && range.start < before.end) before.end = Math.max(before.end, range.end);
    else ranges.push(range);
  }
  return ranges;
}
