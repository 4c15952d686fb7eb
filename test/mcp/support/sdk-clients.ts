import {
  type ClientOptions,
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernHttp,
  SSEClientTransport as ModernSse,
} from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Line, recordTransport } from './tapes.js';

/** A URL, whose path is `/sse` for the transport of 2024-11-05; or the words of a command. */
export type Address = string | readonly string[];

/** What a session with a server gave, and what passed. */
export interface Session {
  protocol: string | null;
  /** In the order of the session. */
  results: unknown[];
  progress: unknown[];
  lines: Line[];
}

/** What the sessions of both SDKs do, with the servers of `sdk-server` and `modern-server`. */
interface AnyClient {
  listTools(): Promise<unknown>;
  callTool(params: { name: string; arguments: Record<string, unknown> }, ...rest: never[]): Promise<unknown>;
  close(): Promise<void>;
}

async function results(client: AnyClient, tools: readonly string[]): Promise<unknown[]> {
  const given: unknown[] = [await client.listTools()];
  for (const name of tools) {
    const sums = name === 'add' ? { a: 1, b: 2 } : {};
    given.push(await client.callTool({ name, arguments: sums }).catch((error: unknown) => String(error)));
  }
  return given;
}

const isSse = (url: string) => url.endsWith('/sse');

const accepted = { action: 'accept' as const, content: { name: 'Uma' } };

/** The official SDK 1.x. */
export async function legacySession(address: Address, tools: readonly string[]): Promise<Session> {
  const transport = (
    typeof address === 'string'
      ? new (isSse(address) ? SSEClientTransport : StreamableHTTPClientTransport)(new URL(address))
      : new StdioClientTransport({ command: address[0] ?? '', args: address.slice(1), env: ENV })
  ) as Transport;
  const lines = recordTransport(transport);
  const client = new Client({ name: 'one', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => accepted);
  await client.connect(transport);
  const progress: unknown[] = [];
  const onprogress = (each: unknown) => void progress.push(each);
  const own: AnyClient = {
    listTools: () => client.listTools(),
    callTool: (params) => client.callTool(params, undefined, { onprogress }),
    close: () => client.close(),
  };
  try {
    const given = [...(await results(own, tools)), client.getServerVersion(), client.getInstructions()];
    return { protocol: null, results: given, progress, lines };
  } finally {
    await client.close();
  }
}

/** The official SDK 2.x, which finds out the era of the server. */
export async function modernSession(
  address: Address,
  tools: readonly string[],
  options: Partial<ClientOptions> = {},
): Promise<Session> {
  const transport =
    typeof address === 'string'
      ? new (isSse(address) ? ModernSse : ModernHttp)(new URL(address))
      : new ModernStdio({ command: address[0] ?? '', args: address.slice(1), env: ENV });
  const lines = recordTransport(transport);
  const client = new ModernClient(
    { name: 'two', version: '2' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: 'auto' }, ...options },
  );
  client.setRequestHandler('elicitation/create', () => accepted);
  await client.connect(transport);
  const progress: unknown[] = [];
  const onprogress = (each: unknown) => void progress.push(each);
  const own: AnyClient = {
    listTools: () => client.listTools(),
    callTool: (params) => client.callTool(params, { onprogress }),
    close: () => client.close(),
  };
  try {
    const given = [...(await results(own, tools)), client.getServerVersion(), client.getInstructions()];
    return { protocol: client.getNegotiatedProtocolVersion() ?? null, results: given, progress, lines };
  } finally {
    await client.close();
  }
}

const ENV: Record<string, string> = { PATH: process.env.PATH ?? '', TMPDIR: process.env.TMPDIR ?? '' };
