import type { Env } from '../../base/env.js';
import { isRecord, type JsonRecord } from '../../base/json.js';
import type { McpScope, McpTransport } from '../../model/mcp.js';
import { expandVariables } from './expand.js';

/** Claude Code also reaches servers over WebSockets. */
export type KnownTransport = McpTransport | 'ws';

/** A server as one place configures it. */
export interface Candidate {
  name: string;
  scope: McpScope;
  transport: KnownTransport;
  /** As written. */
  entry: JsonRecord;
  /** stdio: program and arguments, with variables expanded. */
  command: readonly string[];
  url: string | null;
}

/**
 * The servers of `mcpServers`. Entries that Claude Code does not use are left out: those without a command, or with a URL and no
 * `type` (2.1.332), and of types that are Claude Code's own.
 */
export function candidatesOf(servers: unknown, scope: McpScope, env: Env): Candidate[] {
  if (!isRecord(servers)) return [];
  return Object.entries(servers).flatMap(([name, entry]): Candidate[] => {
    if (!isRecord(entry)) return [];
    const transport = transportOf(entry);
    const base = { name, scope, entry };
    if (transport === 'stdio' && typeof entry.command === 'string') {
      const command = [entry.command, ...textsOf(entry.args)].map((word) => expandVariables(word, env));
      return [{ ...base, transport, command, url: null }];
    }
    if (transport === null || transport === 'stdio' || typeof entry.url !== 'string') return [];
    return [{ ...base, transport, command: [], url: expandVariables(entry.url, env) }];
  });
}

function transportOf({ type }: JsonRecord): KnownTransport | null {
  if (type === undefined || type === 'stdio') return 'stdio';
  if (type === 'http' || type === 'streamable-http') return 'http';
  return type === 'sse' || type === 'ws' ? type : null;
}

export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

/** Values of `env` and `headers`, which may be numbers, with variables expanded. */
export function valuesOf(value: unknown, env: Env): [name: string, value: string][] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, each]): [string, string][] =>
    ['string', 'number', 'boolean'].includes(typeof each) ? [[name, expandVariables(String(each), env)]] : [],
  );
}
