import { isRecord, type JsonRecord, parseRecord } from '../../base/json.js';
import { jsonReply, type Reply } from '../../scripted/reply.js';
import type { ReceivedRequest, Script } from '../../scripted/scripted-api.js';
import { tool } from '../workspace.js';

/** Where the demo's MCP server with a URL is: the scripted API answers in its place. */
const HOST = 'wiki.bakery.example';
export const WIKI_URL = `https://${HOST}/mcp`;

const TOOLS = [
  tool('page', 'Returns a page of the bakery wiki by its title.'),
  tool('search', 'Searches the titles and texts of the bakery wiki.'),
];

/** A script that also plays the wiki. */
export function withWiki(script: Script): Script {
  return (request) => (request.host.replace(/:\d+$/, '') === HOST ? answer(request) : script(request));
}

/** Streamable HTTP without sessions and streams: https://modelcontextprotocol.io/specification/2025-06-18/basic/transports */
function answer({ method, body }: ReceivedRequest): Reply {
  if (method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: '' };
  const message = parseRecord(body.toString());
  if (message?.id === undefined) return { status: 202, headers: {}, body: '' };
  const result = resultOf(message.method, isRecord(message.params) ? message.params : {});
  const reply = result === null ? { error: { code: -32601, message: 'No such method.' } } : { result };
  return jsonReply(200, { jsonrpc: '2.0', id: message.id, ...reply });
}

function resultOf(method: unknown, params: JsonRecord): object | null {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'wiki', version: '2.4.0' },
        instructions: 'The wiki has the rules of the bakery. Ask for a page by its title.',
      };
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: TOOLS.map(({ input_schema, ...rest }) => ({ ...rest, inputSchema: input_schema })) };
    case 'tools/call':
      return {
        isError: true,
        content: [{ type: 'text', text: 'There is no page "Discounts". Similar: "Discount rules".' }],
      };
    default:
      return null;
  }
}
