import { Client as ModernClient } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { StdioServerTransport as ModernTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { modernMcpServer } from './modern-server.js';
import type { Peer } from './ruled-pipe.js';
import { sdkServer } from './sdk-server.js';

/** A client of an official SDK that is connected. */
export interface SdkClient {
  /** The text of the result, or what the error says. */
  call(tool: string, args: Record<string, unknown>, timeout?: number): Promise<string>;
  countTools(): Promise<number>;
  /** Messages that it could not read. */
  errors: Error[];
  close(): Promise<void>;
}

const accept = () => ({ action: 'accept' as const, content: { name: 'Uma' } });

/** The official SDK 1.x and 2.x, by their major versions, over streams in place of a process. */
export const SDK_SERVERS = {
  async 1({ in: input, out }: Peer): Promise<void> {
    await sdkServer().connect(new StdioServerTransport(input, out));
  },
  async 2({ in: input, out }: Peer): Promise<void> {
    serveStdio(modernMcpServer, { transport: new ModernTransport(input, out) });
  },
};

export const SDK_CLIENTS = {
  async 1({ in: input, out }: Peer): Promise<SdkClient> {
    const client = new Client({ name: 'one', version: '1' }, { capabilities: { elicitation: {} } });
    client.setRequestHandler(ElicitRequestSchema, accept);
    const errors: Error[] = [];
    client.onerror = (error) => void errors.push(error);
    input.on('end', () => void client.close());
    await client.connect(new StdioServerTransport(input, out));
    return {
      call: (name, given, timeout = 10_000) =>
        outcome(client.callTool({ name, arguments: given }, undefined, { timeout })),
      countTools: async () => (await client.listTools()).tools.length,
      errors,
      close: () => client.close(),
    };
  },
  async 2({ in: input, out }: Peer): Promise<SdkClient> {
    const client = new ModernClient(
      { name: 'two', version: '2' },
      { capabilities: { elicitation: {} }, versionNegotiation: { mode: 'auto' } },
    );
    client.setRequestHandler('elicitation/create', accept);
    const errors: Error[] = [];
    client.onerror = (error) => void errors.push(error);
    input.on('end', () => void client.close());
    await client.connect(new ModernTransport(input, out));
    return {
      call: (name, given, timeout = 10_000) => outcome(client.callTool({ name, arguments: given }, { timeout })),
      countTools: async () => (await client.listTools()).tools.length,
      errors,
      close: () => client.close(),
    };
  },
};

async function outcome(result: Promise<{ content?: unknown; [field: string]: unknown }>): Promise<string> {
  try {
    return JSON.stringify((await result).content);
  } catch (error) {
    return String(error);
  }
}
