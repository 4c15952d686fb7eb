import { existsSync } from 'node:fs';
import { delimiter, isAbsolute } from 'node:path';
import { credentialParts, MIN_SECRET_LENGTH } from '../../base/credentials.js';
import type { Env } from '../../base/env.js';
import { type Candidate, valuesOf } from './entries.js';

type Named = readonly [name: string, value: string];

/** The parts of a server's configuration that may hold credentials, with variables expanded. */
export interface ServerParts {
  env: readonly Named[];
  headers: readonly Named[];
  args: readonly string[];
  url: string | null;
}

/** `secretsIn` an entry of Claude Code's configuration. */
export function secretsOf({ entry, command, url }: Candidate, env: Env): string[] {
  const own = valuesOf(entry.env, env).filter(([name]) => !name.startsWith('CLAUDE_PLUGIN_'));
  return secretsIn({ env: own, headers: valuesOf(entry.headers, env), args: command.slice(1), url });
}

/**
 * Values that may be credentials: all of `env` and `headers`, those of arguments whose names say so, and those inside of all of them.
 * The redactor ignores values of less than 12 characters.
 */
export function secretsIn({ env, headers, args, url }: ServerParts): string[] {
  const found = [
    ...env.map(([, value]) => value),
    ...headers.flatMap(([, value]) => credentialParts(value)),
    ...argumentSecrets(args),
    ...(url === null ? [] : urlSecrets(url)),
  ];
  return [...new Set(found.flatMap((value) => [value, ...innerSecrets(value)]))].filter((value) => !isPath(value));
}

/**
 * The variables of an environment whose names announce credentials, or whose values hold some that are long enough to be replaced.
 */
export function secretVariables(env: Env): Record<string, string> {
  const holdsSecret = (value: string) =>
    innerSecrets(value, isSecretName).some(({ length }) => length >= MIN_SECRET_LENGTH);
  const secret = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && (isSecretName(pair[0]) || holdsSecret(pair[1])),
  );
  return Object.fromEntries(secret);
}

/** A name that announces a credential, in an option, a variable or a header: not "author", but "authorization". */
const SECRET_NAME = /key|token|secret|pass|pwd|auth(?!or(?!i[sz]))|credential|bearer|cookie|header/i;

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** In the forms of common tokens, which have no name: letters and digits without a break. */
const TOKEN = /^(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w.~+=-]{24,}$/i;

const PAIR = /^([\w.-]{1,200})\s*[=:]\s*(.+)$/s;
const HEADER_OPTION = /^(?:-H|--?[Hh]eaders?)$/;
/** The name of a header as a word of its own: `--headers Authorization "Bearer x"`, or without quotes, `Authorization: Bearer x`. */
const HEADER_NAME = /^[a-z]{1,30}(?:-[a-z]{1,30}){0,5}:?$/i;

/** `--api-key=x`, `--api-key x`, `API_KEY=x`, `--header "Authorization: Bearer x"`, and what looks like a token. */
function argumentSecrets(args: readonly string[]): string[] {
  return args.flatMap((arg, index): string[] => {
    const before = args[index - 1] ?? '';
    const isNamed = before.startsWith('-') && isSecretName(before) && !arg.startsWith('-');
    const isName = isHeaderName(args, index);
    const isValue = isHeaderName(args, index - 1) || /^(?:bearer|basic)$/i.test(before);
    return [
      ...(isValue || (isNamed && !isName) ? namedSecrets(arg, HEADER_OPTION.test(before)) : pairSecrets(arg)),
      ...(TOKEN.test(arg) && !isName ? [arg] : []),
      ...innerSecrets(arg),
    ];
  });
}

function isHeaderName(args: readonly string[], index: number): boolean {
  const [option = '', name = '', value = '-'] = args.slice(Math.max(0, index - 1), index + 2);
  return index > 0 && HEADER_OPTION.test(option) && HEADER_NAME.test(name) && !value.startsWith('-');
}

/** Secrets in a value whose name is known: of a header, without the header's name. A cookie header has several. */
function namedSecrets(text: string, isHeader: boolean): string[] {
  const [, , value = ''] = PAIR.exec(text) ?? [];
  if (isHeader && value !== '') return namedSecrets(value, false);
  return [text, ...text.split(/;\s*/)].flatMap((part) => {
    const [, , inPart = ''] = PAIR.exec(part) ?? [];
    return [...credentialParts(part), ...(inPart === '' ? [] : credentialParts(inPart))];
  });
}

/** Secrets in `name=value` or `name: value`, also where the value is such a pair. */
function pairSecrets(text: string): string[] {
  const [, name = '', value = ''] = PAIR.exec(text) ?? [];
  if (value === '') return [];
  return isSecretName(name) ? namedSecrets(value, HEADER_OPTION.test(name)) : pairSecrets(value);
}

/** The header in a line, or its value alone. */
const AUTHORIZATION =
  /(?:authorization["']?\s{0,9}[:=]\s{0,9}["']?(?:[a-z]{1,20}\s{1,9})?|^(?:bearer|basic)\s{1,9})([^\s"']+)/gi;

/**
 * Credentials in the middle of a text: in its URLs, in a connection string (`Server=h;Password=x`), in a line for a shell, and in
 * JSON, as of a variable with headers.
 * @param isSecret whether the value of a URL's query is one, by its name
 */
function innerSecrets(text: string, isSecret: (name: string) => boolean = () => true): string[] {
  const pieces = [...text.split(';'), ...text.split(/[;\s]+/)].map((piece) => piece.trim());
  const inPieces = pieces.length === 2 ? [] : pieces.filter((piece) => !piece.includes('://')).flatMap(pieceSecrets);
  const inHeaders = [...text.matchAll(AUTHORIZATION)];
  return [
    ...urlSecrets(text, isSecret),
    ...inPieces,
    ...inHeaders.flatMap(([, value = '']) => credentialParts(value)),
    ...jsonSecrets(text),
  ];
}

function pieceSecrets(piece: string): string[] {
  const [, name = '', value = ''] = /^([\w .-]{1,60}?)\s*=\s*(.+)$/s.exec(piece) ?? [];
  // The rest of a header is in the next word.
  if (!isSecretName(name) || value.endsWith(':')) return [];
  return [value, value.replace(/^(["'])(.*)\1$/s, '$2')];
}

function jsonSecrets(text: string): string[] {
  const start = text.search(/[{[]/);
  if (start === -1) return [];
  const found: string[] = [];
  try {
    JSON.parse(text.slice(start), (name, value: unknown) => {
      if (typeof value === 'string' && isSecretName(name)) found.push(...credentialParts(value));
      return value;
    });
  } catch {
    return [];
  }
  return found;
}

const URLS = /[a-z][a-z0-9+.-]{0,20}:\/\/\S+/gi;
/** By hand: a URL of several hosts, such as that of MongoDB, cannot be parsed. */
const USERINFO = /^[^:]+:\/\/([^/?#:@]*)(?::([^/?#]*))?@/;
/** The same with a password that should be encoded, and is not. What begins like a port is one, of a URL with an @ in its path. */
const RAW_USERINFO = /^[^:]+:\/\/([^/?#:@[]*):(?!\d{1,5}[/?#])(.*)@/;
/** Go's form for MySQL: `me:password@tcp(host)/data`. */
const GO_DSN = /(?:^|[\s=])([^\s:@/=]{1,100}):(\S{1,1000})@(?:tcp6?|unix)\(/g;

/** User, password and values of the query, of all URLs in a text. The redactor finds secrets in the path. */
function urlSecrets(text: string, isSecret: (name: string) => boolean = () => true): string[] {
  const ofUrls = (text.match(URLS) ?? []).flatMap((url) => {
    const [, user = '', password = ''] = USERINFO.exec(url) ?? RAW_USERINFO.exec(url) ?? [];
    const query = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '');
    const values = [...query].filter(([name]) => isSecret(name)).map(([, value]) => value);
    return [user, decoded(user), password, decoded(password), ...values];
  });
  const ofDsns = [...text.matchAll(GO_DSN)].flatMap(([, user = '', password = '']) => [user, password]);
  return [...ofUrls, ...ofDsns].filter((value) => value !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A path, or a list of paths: replaced everywhere, it would spoil every request that names the folder. */
function isPath(value: string): boolean {
  const parts = value.split(delimiter).filter((part) => part !== '');
  return parts.length > 0 && parts.every((part) => isAbsolute(part) && existsSync(part));
}
