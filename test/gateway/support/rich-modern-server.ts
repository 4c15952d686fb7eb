import { once } from 'node:events';
import { getRequestListener } from '@hono/node-server';
import { createMcpHandler, inputRequired, McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { type HttpServer, listen } from '../../mcp/support/sdk-http-servers.js';

/** A server of the official SDK 2.x over HTTP (2026-07-28): a prompt, a resource that changes, and tools that ask, report progress, and can be cancelled. */
export function richModernServer(): { server: Promise<HttpServer>; changeNote(): void; cancelled: string[] } {
  const cancelled: string[] = [];
  const handler = createMcpHandler(() => newServer(cancelled));
  const server = listen(
    '/mcp',
    getRequestListener((request) => handler.fetch(request), { overrideGlobalObjects: false }),
  );
  return { server, cancelled, changeNote: () => handler.notify.resourceUpdated('note://1') };
}

function newServer(cancelled: string[]): McpServer {
  const server = new McpServer({ name: 'rich', version: '2' }, { capabilities: { resources: { subscribe: true } } });
  server.registerPrompt('greet', { argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Hello ${name}` } }],
  }));
  server.registerResource('note', 'note://1', {}, () => ({ contents: [{ uri: 'note://1', text: 'A note' }] }));
  server.registerTool('sample', { inputSchema: z.object({}) }, (_, { mcpReq }) => {
    if (mcpReq.inputResponses) return text(JSON.stringify(mcpReq.inputResponses));
    const content = { type: 'text' as const, text: 'How are you?' };
    const mood = inputRequired.createMessage({ messages: [{ role: 'user', content }], maxTokens: 9 });
    return inputRequired({ inputRequests: { mood, roots: inputRequired.listRoots() } });
  });
  server.registerTool('steps', { inputSchema: z.object({}) }, async (_, context) => {
    for (const progress of [1, 2]) await report(context, progress);
    return text('done');
  });
  server.registerTool('wait', { inputSchema: z.object({ name: z.string() }) }, async ({ name }, context) => {
    const gone = once(context.mcpReq.signal, 'abort');
    await report(context, 1);
    await gone;
    cancelled.push(name);
    return text('late');
  });
  return server;
}

function report({ mcpReq }: ServerContext, progress: number): Promise<void> {
  const progressToken = mcpReq._meta?.progressToken ?? '';
  return mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 2 } });
}

function text(content: string) {
  return { content: [{ type: 'text' as const, text: content }] };
}
