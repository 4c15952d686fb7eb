import { randomUUID } from 'node:crypto';
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { SubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { type HttpServer, listen } from '../../mcp/support/sdk-http-servers.js';

/** A server of the official SDK 1.x over HTTP, with prompts, sampling, a resource that changes once it is watched, and a task. */
export function richServer(): Promise<HttpServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  return listen('/mcp', async (request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    await newServer().connect(transport as Transport);
    await transport.handleRequest(request, response);
  });
}

function newServer(): McpServer {
  const capabilities = { resources: { subscribe: true }, tasks: { requests: { tools: { call: {} } } } };
  const server = new McpServer({ name: 'rich', version: '1' }, { capabilities, taskStore: new InMemoryTaskStore() });
  server.registerPrompt('greet', { argsSchema: { name: z.string() } }, ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Hello ${name}` } }],
  }));
  server.registerResource('note', 'note://1', {}, () => ({ contents: [{ uri: 'note://1', text: 'A note' }] }));
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    setTimeout(() => void server.server.sendResourceUpdated({ uri: params.uri }), 20);
    return {};
  });
  server.registerTool('sample', {}, async () => {
    const content = { type: 'text' as const, text: 'How are you?' };
    const answer = await server.server.createMessage({ messages: [{ role: 'user', content }], maxTokens: 9 });
    return { content: [{ type: 'text', text: JSON.stringify(answer.content) }] };
  });
  server.experimental.tasks.registerToolTask(
    'slow',
    { inputSchema: { ms: z.number() } },
    {
      async createTask({ ms }, { taskStore, taskRequestedTtl }) {
        const task = await taskStore.createTask({ ttl: taskRequestedTtl ?? null, pollInterval: 20 });
        const content = [{ type: 'text' as const, text: 'slow and done' }];
        setTimeout(() => void taskStore.storeTaskResult(task.taskId, 'completed', { content }), ms);
        return { task };
      },
      getTask: (_args, { taskId, taskStore }) => taskStore.getTask(taskId),
      getTaskResult: async (_args, { taskId, taskStore }) => (await taskStore.getTaskResult(taskId)) as { content: [] },
    },
  );
  return server;
}
