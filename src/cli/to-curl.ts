import type { RequestDetail } from '../store/index.js';

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
    `${hasBody ? `claude-trace show ${request.id} --request-body | ` : ''}curl ${method(request.method)} ${quote(request.url)}`,
    ...headers,
    ...(hasBody ? ['--data-binary @-'] : []),
  ];
  return parts.join(' \\\n  ');
}

/** With `-X HEAD` curl would wait for a body that never comes. */
function method(name: string): string {
  return name === 'HEAD' ? '--head' : `-X ${quote(name)}`;
}

/** Single quotes for a POSIX shell. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
