import { getRequestListener } from '@hono/node-server';
import { createMcpHandler, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { type HttpServer, listen } from './sdk-http-servers.js';

/** Of the official SDK 2: its tools answer, ask for input first, and answer too late. */
export function modernMcpServer(): McpServer {
  const server = new McpServer({ name: 'modern', version: '9' }, { instructions: 'Modern sums.' });
  const numbers = z.object({ a: z.number(), b: z.number() });
  server.registerTool('add', { description: 'Adds', inputSchema: numbers }, ({ a, b }) => text(String(a + b)));
  server.registerTool('ask', { description: 'Asks', inputSchema: z.object({}) }, (_, { mcpReq }) => {
    if (mcpReq.inputResponses) return text(JSON.stringify(mcpReq.inputResponses));
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } };
    const inputRequests = { who: inputRequired.elicit({ message: 'Who?', requestedSchema }) };
    return inputRequired({ requestState: 'opaque state', inputRequests });
  });
  server.registerTool('wait', { description: 'Waits', inputSchema: z.object({}) }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    return text('late');
  });
  return server;
}

/** The same over HTTP, of 2026-07-28. */
export function modernServer(): Promise<HttpServer> {
  const handler = createMcpHandler(modernMcpServer);
  return listen(
    '/mcp',
    getRequestListener((request) => handler.fetch(request), { overrideGlobalObjects: false }),
  );
}

function text(content: string) {
  return { content: [{ type: 'text' as const, text: content }] };
}
