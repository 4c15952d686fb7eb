import { createInterface } from 'node:readline';
import { isRecord, type JsonRecord, parseRecord } from '../../base/json.js';
import { SERVERS, tool } from '../workspace.js';

/*
 * The demo's MCP server: JSON-RPC on stdin and stdout, one message a line.
 * https://modelcontextprotocol.io/specification/2025-06-18/basic
 */
const { instructions, tools } = SERVERS.tickets;

/** A typical ticket, with a long list that somebody pasted into it. */
const TICKET = [
  'BAKE-12 Discount off by a cent on large orders (open, 3 votes)',
  'An order of 40 lines with 7 % off was 1 cent too cheap. Two more customers saw the same.',
  'Orders of last month that are affected:',
  ...Array.from({ length: 60 }, (_, index) => {
    const cents = 61_250 + 737 * index;
    return `order ${4_100 + 3 * index}: ${30 + (index % 17)} lines, 7 % off, charged ${cents} cents, due ${cents + 1} cents`;
  }),
].join('\n');

/** More than Claude Code gives to the model: it writes such a result to a file. */
const FOUND = Array.from(
  { length: 1_600 },
  (_, index) => `BAKE-${index + 1} A ticket that mentions the discount, in sprint ${index % 26}, with comments`,
).join('\n');

function answer(method: unknown, params: JsonRecord): object | null {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'tickets', version: '1.0.0' },
        instructions,
      };
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: tools.map(([name = '', description = '']) => listed(tool(name, description))) };
    case 'tools/call':
      return { content: [{ type: 'text', text: params.name === 'search' ? FOUND : TICKET }] };
    default:
      return null;
  }
}

/** MCP names the schema's field differently from the Messages API. */
function listed({ input_schema, ...rest }: JsonRecord): JsonRecord {
  return { ...rest, inputSchema: input_schema };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = parseRecord(line);
  // Notifications have no id and get no answer.
  if (message?.id === undefined) continue;
  const result = answer(message.method, isRecord(message.params) ? message.params : {});
  const reply = result === null ? { error: { code: -32601, message: 'No such method.' } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, ...reply })}\n`);
}
