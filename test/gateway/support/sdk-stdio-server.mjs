// A stdio MCP server of the official SDK: 1.x, or 2.x for both eras. Argument: 1 or 2.
import { z } from 'zod';

const text = (content) => ({ content: [{ type: 'text', text: content }] });
const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } };

async function legacyServer() {
  const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js');
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  const server = new McpServer({ name: 'sums', version: '1.2.3' }, { instructions: 'Sums, slowly.' });
  const numbers = { a: z.number(), b: z.number() };
  server.registerTool('add', { description: 'Adds', inputSchema: numbers }, ({ a, b }) => text(String(a + b)));
  server.registerTool('fail', { description: 'Fails' }, () => {
    throw new Error('it broke');
  });
  server.registerTool('work', { description: 'Reports progress' }, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken ?? 'none';
    await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    return text('done');
  });
  server.registerTool('ask', { description: 'Asks the person' }, async () => {
    const answer = await server.server.elicitInput({ message: 'Name?', requestedSchema });
    return text(answer.action);
  });
  await server.connect(new StdioServerTransport());
}

async function modernServer() {
  const { inputRequired, McpServer } = await import('@modelcontextprotocol/server');
  const { serveStdio } = await import('@modelcontextprotocol/server/stdio');
  serveStdio(() => newServer(McpServer, inputRequired));
}

function newServer(McpServer, inputRequired) {
  const server = new McpServer({ name: 'modern', version: '9' }, { instructions: 'Modern sums.' });
  const numbers = z.object({ a: z.number(), b: z.number() });
  server.registerTool('add', { description: 'Adds', inputSchema: numbers }, ({ a, b }) => text(String(a + b)));
  server.registerTool('ask', { description: 'Asks', inputSchema: z.object({}) }, (_, { mcpReq }) => {
    if (mcpReq.inputResponses) return text(JSON.stringify(mcpReq.inputResponses));
    const inputRequests = { who: inputRequired.elicit({ message: 'Who?', requestedSchema }) };
    return inputRequired({ requestState: 'opaque state', inputRequests });
  });
  return server;
}

await (process.argv[2] === '1' ? legacyServer() : modernServer());
