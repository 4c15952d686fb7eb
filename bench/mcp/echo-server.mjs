// A minimal stdio MCP server: answers every request with its own parameters.
import { createInterface } from 'node:readline';

const result = (method, params) =>
  method === 'initialize'
    ? {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'echo', version: '1.0.0' },
      }
    : method === 'tools/list'
      ? { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }
      : { content: [{ type: 'text', text: params?.arguments?.text ?? '' }] };
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined)
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: result(method, params) })}\n`);
});
