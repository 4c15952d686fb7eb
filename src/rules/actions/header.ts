/** Headers of the connection, or of the length of a message: a change would break it. */
const FRAMING = [
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** The gateway sets these itself: they say which session and message a request belongs to. */
const PROTOCOL = ['last-event-id', 'mcp-method', 'mcp-name', 'mcp-protocol-version', 'mcp-session-id'];
/** A client's credentials never reach a server, and those for servers are in the gateway's configuration. */
const CREDENTIALS = ['authorization', 'cookie'];
const RESERVED: ReadonlySet<string> = new Set([...FRAMING, ...PROTOCOL, ...CREDENTIALS]);

/** A token of RFC 9110. @throws Error */
export function checkHeaderName(name: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) throw new Error('expected the name of a header');
}

/** @throws Error for a header that rules cannot change */
export function checkOwnHeader(name: string): void {
  if (RESERVED.has(name.toLowerCase())) throw new Error(`rules cannot change the header ${name}`);
}

/** Printable ASCII: other characters mean something else to each server. @throws Error */
export function checkHeaderValue(value: string): void {
  if (!/^[\x20-\x7e\t]*$/.test(value)) throw new Error('expected the value of a header: one line of ASCII');
}
