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
 * Values that may be credentials: all of `env` and `headers`, those of arguments whose names say so, and those in URLs. The redactor
 * ignores values of less than 12 characters.
 */
export function secretsIn({ env, headers, args, url }: ServerParts): string[] {
  const found = [
    ...env.map(([, value]) => value),
    ...headers.flatMap(([, value]) => credentialParts(value)),
    ...argumentSecrets(args),
    ...(url === null ? [] : urlSecrets(url)),
  ];
  return [...new Set(found.flatMap((value) => [value, ...urlSecrets(value)]))].filter((value) => !isPath(value));
}

/** The variables of an environment whose names announce credentials. */
export function secretVariables(env: Env): Record<string, string> {
  const named = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && SECRET_NAME.test(pair[0]),
  );
  return Object.fromEntries(named);
}

/** A name that announces a credential, in an option, a variable or a header. */
const SECRET_NAME = /key|token|secret|pass|pwd|auth(?!or)|credential|bearer|cookie|header/i;

/** In the forms of common tokens, which have no name: letters and digits without a break. */
const TOKEN = /^(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w.~+=-]{24,}$/i;

/** `--api-key=x`, `--api-key x`, `API_KEY=x`, `--header "Authorization: Bearer x"`, and what looks like a token. */
function argumentSecrets(args: readonly string[]): string[] {
  return args.flatMap((arg, index): string[] => {
    const [, name = '', value = ''] = /^([\w.-]{1,200})\s*[=:]\s*(.+)$/s.exec(arg) ?? [];
    const before = args[index - 1] ?? '';
    const isNamed = before.startsWith('-') && SECRET_NAME.test(before) && !arg.startsWith('-');
    return [
      ...(SECRET_NAME.test(name) ? credentialParts(value) : []),
      ...(isNamed ? credentialParts(arg) : []),
      ...(value !== '' && isNamed ? credentialParts(value) : []),
      ...(TOKEN.test(arg) ? [arg] : []),
      ...urlSecrets(arg),
    ];
  });
}

/** User, password and values of the query. The redactor finds secrets in the path. */
function urlSecrets(text: string): string[] {
  if (!/^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(text) || !URL.canParse(text)) return [];
  const { username, password, searchParams } = new URL(text);
  return [username, password, decoded(password), ...searchParams.values()].filter((value) => value !== '');
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
