// A stdio MCP server without an SDK: JSON-RPC, a message a line. Its one argument is a JSON object
// { name, instructions?, tools?: [{ name, description, result | content, isError? }],
//   prompts?: [{ name, description, text }], resources?: [{ uri, name, text }] }.
import { createInterface } from 'node:readline';

const server = JSON.parse(process.argv[2]);
const { tools = [], prompts = [], resources = [] } = server;
const inputSchema = { type: 'object', properties: { topic: { type: 'string' } }, required: ['topic'] };

const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: {
      ...(tools.length > 0 ? { tools: {} } : {}),
      ...(prompts.length > 0 ? { prompts: {} } : {}),
      ...(resources.length > 0 ? { resources: {} } : {}),
    },
    serverInfo: { name: server.name, version: '1.0.0' },
    instructions: server.instructions,
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: tools.map(({ name, description }) => ({ name, description, inputSchema })) }),
  'tools/call': ({ name }) => {
    const tool = tools.find((candidate) => candidate.name === name);
    return { content: tool.content ?? [{ type: 'text', text: tool.result }], isError: tool.isError ?? false };
  },
  'prompts/list': () => ({
    prompts: prompts.map(({ name, description }) => ({ name, description, arguments: [{ name: 'topic' }] })),
  }),
  'prompts/get': ({ name }) => {
    const { text } = prompts.find((candidate) => candidate.name === name);
    return { messages: [{ role: 'user', content: { type: 'text', text } }] };
  },
  'resources/list': () => ({ resources: resources.map(({ uri, name }) => ({ uri, name, mimeType: 'text/plain' })) }),
  'resources/read': ({ uri }) => {
    const { text } = resources.find((candidate) => candidate.uri === uri);
    return { contents: [{ uri, mimeType: 'text/plain', text }] };
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
