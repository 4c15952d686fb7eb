import { randomUUID } from 'node:crypto';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type HttpServer, listen } from './sdk-http-servers.js';
import { type Line, recordTransport } from './tapes.js';

export interface HttpBridge extends HttpServer {
  /** What passed, session by session. */
  sessions: Line[][];
}

/** Serves a stdio server over Streamable HTTP, a process for each session. */
export async function bridge(command: readonly string[], env: Record<string, string>): Promise<HttpBridge> {
  const sessions: Line[][] = [];
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const servers = new Set<StdioClientTransport>();
  const server = await listen('/mcp', async (request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response);
    const http = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void transports.set(id, http),
    });
    const [file = '', ...args] = command;
    const stdio = new StdioClientTransport({ command: file, args, env });
    servers.add(stdio);
    sessions.push(recordTransport(stdio));
    // The SDK sends an answer to the request with its id. What the server sends besides belongs to the one that is open.
    const open = new Set<string | number>();
    stdio.onmessage = (message) => {
      const isAnswer = !('method' in message) && 'id' in message;
      if (isAnswer && message.id !== undefined) open.delete(message.id);
      const [relatedRequestId] = open;
      void http.send(message, isAnswer || relatedRequestId === undefined ? {} : { relatedRequestId });
    };
    http.onmessage = (message) => {
      if ('method' in message && 'id' in message) open.add(message.id);
      void stdio.send(message);
    };
    http.onclose = () => void stdio.close();
    await Promise.all([stdio.start(), http.start()]);
    await http.handleRequest(request, response);
  });
  return {
    ...server,
    sessions,
    async close() {
      await Promise.all([...servers].map((each) => each.close()));
      return server.close();
    },
  };
}
