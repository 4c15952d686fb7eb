/** Headers of one connection or one message, and the id of a session: only the gateway itself can know their values. */
export const NEVER_CONFIGURED: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'keep-alive',
  'mcp-session-id',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers of clients that no upstream gets: these, the name of the gateway, and credentials. */
export const NEVER_FORWARDED: ReadonlySet<string> = new Set([
  ...NEVER_CONFIGURED,
  'authorization',
  'cookie',
  'host',
  'proxy-authorization',
  'x-api-key',
]);
