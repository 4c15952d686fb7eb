import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { Env } from '../../../base/env.js';
import { rootOf } from '../../../base/error-text.js';
import type { JsonRecord } from '../../../base/json.js';

/** A real server, asked message by message. */
export interface ServerLink {
  /** @throws Error if the server refuses it, or is gone */
  send(message: JsonRecord): Promise<void>;
  onMessage(listener: (message: JsonRecord) => void): void;
  /** @param listener gets what is known of the reason */
  onClose(listener: (reason: string) => void): void;
  /** After `initialize`: HTTP requests name the revision. */
  setProtocolVersion(version: string): void;
  close(): Promise<void>;
}

export type ServerAddress =
  | { url: string; headers: Readonly<Record<string, string>> }
  | { command: readonly string[]; env: Env };

/** As many bytes as a message of a tape may have. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Starts a program, or prepares to ask a URL. @throws Error when it cannot be started */
export async function openServer(address: ServerAddress): Promise<ServerLink> {
  const transport = await transportTo(address);
  let error = '';
  transport.onerror = (failure) => {
    error = failure.message;
  };
  const link: ServerLink = {
    // It is what a client sent: the transport only passes it on.
    send: (message) =>
      transport.send(message as JSONRPCMessage).catch((failure: unknown) => {
        throw failure instanceof TypeError ? rootOf(failure) : failure;
      }),
    onMessage(listener) {
      transport.onmessage = (message) => listener({ ...message });
    },
    onClose(listener) {
      transport.onclose = () => listener(error === '' ? 'the server has ended' : error);
    },
    setProtocolVersion: (version) => transport.setProtocolVersion?.(version),
    close: () => transport.close(),
  };
  await transport.start();
  return link;
}

async function transportTo(address: ServerAddress): Promise<Transport> {
  if ('url' in address) {
    const { SSEClientTransport, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
    const url = new URL(address.url);
    // The usual path of servers of 2024-11-05.
    const HttpTransport = url.pathname.endsWith('/sse') ? SSEClientTransport : StreamableHTTPClientTransport;
    return new HttpTransport(url, { requestInit: { headers: { ...address.headers } } });
  }
  const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
  const [command = '', ...args] = address.command;
  const set = Object.entries(address.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new StdioClientTransport({ command, args, env: Object.fromEntries(set), maxBufferSize: MAX_MESSAGE_BYTES });
}
