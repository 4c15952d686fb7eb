import type { RequestDetail } from '../store/index.js';
import { printable } from '../text/text.js';

/** Set by curl itself, or only for the hop between client and API. */
const LEFT_OUT = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding', 'expect']);

/** Where a captured credential was redacted, the variable that a user has it in. */
const VARIABLES: Readonly<Record<string, string>> = {
  'x-api-key': '$ANTHROPIC_API_KEY',
  authorization: 'Bearer $ANTHROPIC_AUTH_TOKEN',
};

/** A curl command line that sends the request again; the body comes from `claude-trace show`, secrets from the environment. */
export function toCurl(request: RequestDetail): string {
  const headers = request.request_headers.flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (LEFT_OUT.has(lower)) return [];
    const variable = VARIABLES[lower];
    if (variable) return [`-H "${name}: ${variable}"`];
    return value.includes('[redacted:') ? [] : [`-H ${quote(`${name}: ${value}`)}`];
  });
  const hasBody = request.request_body.size > 0;
  const parts = [
    `${hasBody ? `claude-trace show ${quote(request.id)} --request-body | ` : ''}curl ${method(request.method)} ${quote(request.url)}`,
    ...headers,
    ...(hasBody ? ['--data-binary @-'] : []),
  ];
  return parts.join(' \\\n  ');
}

/** With `-X HEAD` curl would wait for a body that never comes. */
function method(name: string): string {
  return name === 'HEAD' ? '--head' : `-X ${quote(name)}`;
}

/** For a POSIX shell: single quotes; where those would let control characters out, `$'…'`, which bash, zsh and ksh read. */
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
