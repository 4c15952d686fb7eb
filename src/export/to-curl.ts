import type { RequestDetail } from '../model/request.js';
import { printable } from '../text/text.js';

/** Headers that curl sets itself, or that concern only the connection. */
const LEFT_OUT = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding', 'expect']);

/** The variables in which users have the credentials that were redacted. */
const VARIABLES: Readonly<Record<string, string>> = {
  'x-api-key': '$ANTHROPIC_API_KEY',
  authorization: 'Bearer $ANTHROPIC_AUTH_TOKEN',
};

/** A curl command that sends the request again: its body from `claude-trace show`, its secrets from the environment. */
export function toCurl(request: RequestDetail): string {
  const headers = request.requestHeaders.flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (LEFT_OUT.has(lower)) return [];
    const variable = VARIABLES[lower];
    if (variable) return [`-H "${name}: ${variable}"`];
    return value.includes('[redacted:') ? [] : [`-H ${quote(`${name}: ${value}`)}`];
  });
  const hasBody = request.requestBody.size > 0;
  const parts = [
    `${hasBody ? `claude-trace show ${quote(request.id)} --request-body | ` : ''}curl ${method(request.method)} ${quote(request.url)}`,
    ...headers,
    ...(hasBody ? ['--data-binary @-'] : []),
  ];
  return parts.join(' \\\n  ');
}

/** With `-X HEAD` curl would wait for a body. */
function method(name: string): string {
  return name === 'HEAD' ? '--head' : `-X ${quote(name)}`;
}

/** Quotes for a POSIX shell; text with control characters as `$'…'`, which bash, zsh and ksh read. */
export function quote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (printable(text) === text) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = Array.from(text, (character) => {
    if (character === '\\' || character === "'") return `\\${character}`;
    return printable(character) === character ? character : hexOf(character);
  });
  return `$'${escaped.join('')}'`;
}

function hexOf(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
