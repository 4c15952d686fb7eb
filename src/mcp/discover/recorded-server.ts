import type { Env } from '../../base/env.js';
import type { KnownMcpServer } from './known-server.js';
import { secretsOf, secretVariables } from './secrets.js';

/** The server of `mcp record`, which is in no configuration that we read. */
export function recordedServer(name: string, command: readonly string[], env: Env): KnownMcpServer {
  const entry = { env: secretVariables(env) };
  const base = { name, scope: 'record', transport: 'stdio', url: null, entry } as const;
  return { ...base, decision: 'recorded', secrets: secretsOf({ ...base, command }, {}) };
}
