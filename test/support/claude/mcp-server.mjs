// A stdio MCP server without an SDK: JSON-RPC, a message a line. Its one argument is a JSON object
// { name, instructions, tools: [{ name, description, result, isError? }] }.
import { createInterface } from 'node:readline';

const server = JSON.parse(process.argv[2]);
const inputSchema = { type: 'object', properties: { topic: { type: 'string' } }, required: ['topic'] };

const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: server.name, version: '1.0.0' },
    instructions: server.instructions,
  }),
  ping: () => ({}),
  'tools/list': () => ({
    tools: server.tools.map(({ name, description }) => ({ name, description, inputSchema })),
  }),
  'tools/call': ({ name }) => {
    const tool = server.tools.find((candidate) => candidate.name === name);
    return { content: [{ type: 'text', text: tool.result }], isError: tool.isError ?? false };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const answer = Object.hasOwn(methods, method)
    ? { result: methods[method](params ?? {}) }
    : { error: { code: -32601, message: `No such method: ${method}` } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
}
