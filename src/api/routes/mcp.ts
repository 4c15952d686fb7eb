import { z } from '@hono/zod-openapi';
import type { PriceOverrides } from '../../attribution/index.js';
import { toJsonRow } from '../../base/json-row.js';
import { mcpCallToJson, readMcpCall } from '../../history/mcp-call.js';
import { MCP_CALL_STATES, MCP_FORMS } from '../../model/mcp.js';
import type { Reader } from '../../store/index.js';
import type { Connections } from '../connections.js';
import { meantIds } from '../meant-ids.js';
import { failures } from '../schemas/error.js';
import { mcpCall, mcpCallList, mcpServerList, mcpToolList } from '../schemas/mcp.js';
import {
  choice,
  idIn,
  inOrder,
  mcpServer,
  mcpTool,
  page,
  period,
  periodOf,
  filters as requestFilters,
  requestIdFilter,
  scope,
  sessionId,
} from '../schemas/parameters.js';
import { json, newRoutes, operation } from './route.js';

const filters = { ...period, ...scope, session_id: sessionId, server: mcpServer };

const servers = operation('get', '/api/claude/mcp/servers', 'listMcpServers', 'MCP servers, the most called first', {
  request: { query: inOrder(z.strictObject(filters)) },
  responses: { 200: json('all servers', mcpServerList), ...failures(400, 404) },
});

const tools = operation(
  'get',
  '/api/claude/mcp/tools',
  'listMcpTools',
  'Tools, prompts and resources of MCP servers, the most called first',
  {
    request: { query: inOrder(z.strictObject(filters)) },
    responses: { 200: json('all tools, those that were never called included', mcpToolList), ...failures(400, 404) },
  },
);

const calls = operation('get', '/api/claude/mcp/calls', 'listMcpCalls', 'Calls of MCP servers, the newest first', {
  request: {
    query: inOrder(
      z.strictObject({
        ...filters,
        tool: mcpTool,
        state: choice([...MCP_CALL_STATES, 'error'])
          .openapi({ description: 'a state, or error: those that count as failed', example: 'error' })
          .optional(),
        form: choice(MCP_FORMS).openapi({ description: 'what the model got of the result', example: 'cut' }).optional(),
        rule: requestFilters.rule,
        tag: requestFilters.tag,
        request_id: requestIdFilter,
        ...page,
      }),
    ),
  },
  responses: { 200: json('a page of calls', mcpCallList), ...failures(400, 404) },
});

const one = operation(
  'get',
  '/api/claude/mcp/calls/{id}',
  'getMcpCall',
  'A call, with what the model got of its result',
  {
    request: { params: idIn('id', 'id of the call or a prefix of it, id of the tool_use block, or last', 'last') },
    responses: { 200: json('the call', mcpCall), ...failures(400, 404) },
  },
);

export function mcpRoutes({ ask }: Connections, prices: PriceOverrides) {
  return newRoutes()
    .openapi(servers, (context) => {
      const asked = context.req.valid('query');
      const rows = ask((reader) => reader.mcpServers(filterOf(reader, asked)));
      return context.json({ servers: toJsonRow(rows) }, 200);
    })
    .openapi(tools, (context) => {
      const asked = context.req.valid('query');
      const rows = ask((reader) => reader.mcpTools(filterOf(reader, asked)));
      return context.json({ tools: toJsonRow(rows) }, 200);
    })
    .openapi(calls, (context) => {
      const { request_id, limit, offset, ...asked } = context.req.valid('query');
      const { tool, state, form, rule, tag } = asked;
      const { rows, total } = ask((reader) => {
        const requestId = request_id === undefined ? undefined : reader.request(request_id).id;
        const filter = { ...filterOf(reader, asked), tool, state, form, rule, tag, requestId };
        return { rows: reader.mcpCalls(filter, { limit, offset }), total: reader.countMcpCalls(filter) };
      });
      return context.json({ calls: toJsonRow(rows), total, limit, offset }, 200);
    })
    .openapi(one, (context) => {
      const { id } = context.req.valid('param');
      return context.json(
        ask((reader) => mcpCallToJson(readMcpCall(reader, id, prices))),
        200,
      );
    });
}

type Asked = Parameters<typeof periodOf>[0] & { session_id?: string | undefined; server?: string | undefined };

function filterOf(reader: Reader, asked: Asked) {
  const { sessionId } = meantIds(reader, { session_id: asked.session_id });
  return { ...periodOf(asked), sessionId, server: asked.server };
}
