import { existsSync } from 'node:fs';
import { delimiter, isAbsolute } from 'node:path';
import type { Env } from '../../base/env.js';
import { type Candidate, valuesOf } from './entries.js';

/**
 * Values of a server's entry that may be credentials: all of `env` and `headers`, those of arguments whose names say so, and
 * those in URLs. The redactor ignores values of less than 12 characters.
 */
export function secretsOf({ entry, command, url }: Candidate, env: Env): string[] {
  const found = [
    ...valuesOf(entry.env, env).flatMap(([name, value]) => (name.startsWith('CLAUDE_PLUGIN_') ? [] : [value])),
    ...valuesOf(entry.headers, env).flatMap(([, value]) => withoutScheme(value)),
    ...argumentSecrets(command.slice(1)),
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

/** `Bearer x`: the token is a secret of its own. */
function withoutScheme(value: string): string[] {
  const token = value.trim().split(/\s+/).at(-1) ?? '';
  return [value, token];
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
      ...(SECRET_NAME.test(name) ? withoutScheme(value) : []),
      ...(isNamed ? withoutScheme(arg) : []),
      ...(value !== '' && isNamed ? withoutScheme(value) : []),
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
