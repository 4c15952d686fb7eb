import { existsSync } from 'node:fs';
import { delimiter, isAbsolute } from 'node:path';
import { credentialParts } from '../../base/credentials.js';
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
 * Values that may be credentials: all of `env` and `headers`, those of arguments whose names say so, and those in URLs and connection
 * strings. The redactor ignores values of less than 12 characters.
 */
export function secretsIn({ env, headers, args, url }: ServerParts): string[] {
  const found = [
    ...env.flatMap(([, value]) => [value, ...namedSecrets(value)]),
    ...headers.flatMap(([, value]) => credentialParts(value)),
    ...argumentSecrets(args),
    ...(url === null ? [] : urlSecrets(url)),
  ];
  return [...new Set(found.flatMap((value) => [value, ...urlSecrets(value)]))].filter((value) => !isPath(value));
}

/** The variables of an environment whose names announce credentials, or whose values are URLs with a password. */
export function secretVariables(env: Env): Record<string, string> {
  const found = Object.entries(env).filter(
    (pair): pair is [string, string] =>
      pair[1] !== undefined && (SECRET_NAME.test(pair[0]) || urlsIn(pair[1]).some(({ password }) => password !== '')),
  );
  return Object.fromEntries(found);
}

/** A name that announces a credential, in an option, a variable or a header: also `authorization`, but not `author` or `authority`. */
const SECRET_NAME = /key|token|secret|pass|pwd|auth(?!or(?!i[sz]))|credential|bearer|cookie|header/i;

/** In the forms of common tokens, which have no name: letters and digits without a break. */
const TOKEN = /^(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w.~+=-]{24,}$/i;

/** As of curl (`-H`), mcp-remote (`--header`) and mcp-proxy (`--headers <name> <value>`). */
const HEADER_OPTION = /^(?:-H|--?[\w-]*[hH]eaders?)$/;
const HEADER = /^[\w-]{1,200}:/;
const HEADER_NAME = /^[A-Za-z][A-Za-z-]*$/;

/** `--api-key=x`, `--api-key x`, `API_KEY=x`, `--headers Authorization "Bearer x"`, and what looks like a token. */
function argumentSecrets(args: readonly string[]): string[] {
  return args.flatMap((arg, index): string[] => [
    ...(isCredential(args, index) ? credentialParts(arg) : []),
    ...(TOKEN.test(arg) ? [arg] : []),
    ...namedSecrets(arg),
    ...urlSecrets(arg),
  ]);
}

/** Says whether the options before an argument make it a credential. */
function isCredential(args: readonly string[], index: number): boolean {
  const [first = '', before = '', arg = '', next = '-'] = [index - 2, index - 1, index, index + 1].map(
    (at) => args[at],
  );
  if (arg.startsWith('-')) return false;
  if (isHeaderName(first, before, arg)) return true;
  if (isHeaderName(before, arg, next)) return false;
  return before === '-H' ? HEADER.test(arg) : before.startsWith('-') && SECRET_NAME.test(before);
}

/** Says whether an option is followed by the name and the value of a header, as two arguments. */
function isHeaderName(option: string, name: string, value: string): boolean {
  return HEADER_OPTION.test(option) && HEADER_NAME.test(name) && !value.startsWith('-');
}

/** A name and a value in quotes, or up to the next separator: in JSON, in queries, and in connection strings of databases. */
const PAIR = /(?:^|[\s;&?,{"'])([\w.-]{1,200})["']?\s{0,8}[=:]\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s;&,"'}]+))/g;
/** The rest of the text is the value, as in `--header=Authorization: Bearer x`. */
const WHOLE_PAIR = /^([\w.-]{1,200})\s*[=:]\s*(.+)$/s;

/** Values in a text whose names announce credentials. */
function namedSecrets(text: string): string[] {
  const [, name = '', value = ''] = WHOLE_PAIR.exec(text) ?? [];
  const within = [...text.matchAll(PAIR)].map(([, key = '', ...values]) => [key, values.find(Boolean) ?? ''] as const);
  return [[name, value] as const, ...within].flatMap(([key, each]) =>
    SECRET_NAME.test(key) && each !== '' ? credentialParts(each) : [],
  );
}

/** User, password and values of the query, of all URLs in a text. The redactor finds secrets in the path. */
function urlSecrets(text: string): string[] {
  const found = urlsIn(text).flatMap(({ username, password, query }) => [
    username,
    password,
    decoded(password),
    ...new URLSearchParams(query).values(),
  ]);
  return found.filter((value) => value !== '');
}

/** Also of databases, whose several hosts URL does not accept (RFC 3986, 3.2). */
const URLS = /[a-z][a-z0-9+.-]{0,20}:\/\/(?:([^\s/?#"']*)@)?[^\s?#"']*(?:\?([^\s#"']*))?/gi;

function urlsIn(text: string): { username: string; password: string; query: string }[] {
  return [...text.matchAll(URLS)].map(([, user = '', query = '']) => {
    const colon = user.indexOf(':');
    return {
      username: colon < 0 ? user : user.slice(0, colon),
      password: colon < 0 ? '' : user.slice(colon + 1),
      query,
    };
  });
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
