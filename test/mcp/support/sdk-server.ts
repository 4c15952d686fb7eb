import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

/** A server of the official SDK, whose tools answer, fail, report progress, ask the person, and answer too late. @param waitMs how late */
export function sdkServer(waitMs = 400): McpServer {
  const server = new McpServer({ name: 'sums', version: '1.2.3' }, { instructions: 'Sums, slowly.' });
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: { a: z.number(), b: z.number() } },
    ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
  );
  server.registerTool('fail', { description: 'Fails' }, () => {
    throw new Error('it broke');
  });
  server.registerTool('work', { description: 'Reports progress' }, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken ?? 'none';
    await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    return { content: [{ type: 'text', text: 'done' }] };
  });
  server.registerTool('ask', { description: 'Asks the person' }, async () => {
    const answer = await server.server.elicitInput({
      message: 'Name?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
    });
    return { content: [{ type: 'text', text: answer.action }] };
  });
  server.registerTool('wait', { description: 'Answers too late' }, async () => {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return { content: [{ type: 'text', text: 'late' }] };
  });
  server.registerResource('note', 'note://1', {}, () => ({ contents: [{ uri: 'note://1', text: 'A note' }] }));
  return server;
}
