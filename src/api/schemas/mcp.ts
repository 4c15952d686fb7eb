import { z } from '@hono/zod-openapi';
import type { JsonRow } from '../../base/json-row.js';
import type { ResultCarriage } from '../../history/mcp-join/carriage.js';
import { MCP_CALL_STATES, MCP_FORMS, MCP_MESSAGE_KINDS, MCP_SCOPES, MCP_TRANSPORTS } from '../../model/mcp.js';
import type { McpServerFigures, McpToolFigures } from '../../model/mcp-figures.js';
import type { McpCallRow, McpConnectionRow } from '../../model/mcp-rows.js';
import { count, dollars, iso, ms, nullable, text } from './fields.js';
import { ruleHit } from './rule-hit.js';

/** An id with a prefix, as its type in the code has it. */
function idText<Prefix extends 'mcpc' | 'mcps' | 'run' | 'req'>(prefix: Prefix) {
  return text(`${prefix}_01jzx4w8q2v5n7m9p3r6t1y0ab`) as unknown as z.ZodType<`${Prefix}_${string}`>;
}

const estimatedTokens = count.openapi({ description: 'estimated', example: 410 });

/** Figures of the calls that match. */
const figures = {
  calls: count.openapi({ example: 12 }),
  altered_calls: count.openapi({ description: 'altered by rules or replays; in no other figure', example: 0 }),
  failed_calls: count.openapi({ description: 'in a state that counts as failed', example: 1 }),
  cancelled_calls: count.openapi({ description: 'given up by the client; not failed', example: 0 }),
  open_calls: count.openapi({ example: 0 }),
  p50_ms: nullable(ms, 'median of the answered calls, from the request to its answer'),
  p95_ms: nullable(ms, 'null without an answered call'),
  bytes_said: count.openapi({ description: 'of the results' }),
  tokens_said: estimatedTokens,
  delivered_calls: count.openapi({ description: 'calls whose result an API request carried', example: 11 }),
  reduced_calls: count.openapi({ description: 'of these: the model did not get the whole result', example: 2 }),
  bytes_got: count.openapi({ description: 'what the model got of the delivered calls' }),
  tokens_got: count.openapi({ description: 'the same, as a share of the bills' }),
  last_used: nullable(iso, 'null: never called'),
};

const party = z.object({ name: text('Tickets'), version: nullable(text('1.0.0')) });
const transport = z.enum(MCP_TRANSPORTS);
const scope = nullable(z.enum(MCP_SCOPES).openapi({ example: 'project' }), 'where Claude Code found the server');

/** `legacy` and `modern` protocol: see docs/mcp.md. */
const protocol = {
  scope,
  transport,
  target: text('https://tickets.example/mcp').openapi({
    description: 'name of the program, or the URL without credentials, query and fragment',
  }),
  era: nullable(z.enum(['legacy', 'modern']), 'legacy: with a session (up to 2025-11-25); modern: 2026-07-28'),
  protocol: nullable(text('2025-11-25'), 'version of the protocol'),
};

const definition = z.object({
  bytes_said: count.openapi({ description: 'of its description' }),
  bytes_got: nullable(count, 'what the model got of it'),
  changed: z.boolean().openapi({ description: 'new, or different from the connection before' }),
});

const server = z
  .object({
    server: text('tickets').openapi({ description: 'as in the configuration of Claude Code' }),
    source: text('mcp:tickets').openapi({ description: 'its source in requests' }),
    ...protocol,
    version: nullable(party, 'as the server names itself'),
    connections: count.openapi({ example: 3 }),
    open_connections: count.openapi({ example: 0 }),
    ready_ms: nullable(ms, 'median from the start to the first answer'),
    exit: nullable(text('exit code 1'), 'how the last connection that ended did so; null for HTTP'),
    lost: count.openapi({ description: 'messages that were not recorded', example: 0 }),
    tools: nullable(count.openapi({ example: 4 }), 'tools of the newest list'),
    never_called: nullable(count.openapi({ example: 2 })),
    changed: count.openapi({ description: 'definitions that differ from those of the connection before', example: 0 }),
    instructions: nullable(definition, 'of the newest connection; null where the server gave none'),
    definition_tokens: nullable(count, 'of definitions and instructions, in all requests'),
    ...figures,
  })
  .openapi('McpServer', { description: 'an MCP server, with all its connections' }) satisfies z.ZodType<
  JsonRow<McpServerFigures>
>;

const tool = z
  .object({
    server: text('tickets'),
    method: text('tools/call').openapi({ description: 'tools/call, resources/read or prompts/get' }),
    name: text('search').openapi({ description: 'of the tool or prompt, or the URI of the resource' }),
    definition: nullable(definition, 'null where no list of the server was seen'),
    definition_tokens: nullable(count, 'in all requests'),
    ...figures,
  })
  .openapi('McpTool', { description: 'a tool, prompt or resource of an MCP server' }) satisfies z.ZodType<
  JsonRow<McpToolFigures>
>;

const delivery = z.object({
  called_by: nullable(idText('req'), 'the request whose answer made the call'),
  carried_by: nullable(idText('req'), 'the first request that carried the result'),
  form: z.enum(MCP_FORMS),
  bytes_got: count,
  tokens_got: nullable(count, 'share of the bill'),
  is_error: z.boolean(),
});

const callFields = {
  id: idText('mcpc'),
  connection_id: idText('mcps'),
  run_id: idText('run'),
  session_id: nullable(text('f0b1c2d3-0000-4000-8000-000000000001')),
  server: text('tickets'),
  method: text('tools/call'),
  name: text('search'),
  tool_use_id: nullable(text('toolu_01A09q90qw90lq917835lq9'), 'id of the tool_use block that made the call'),
  state: z.enum(MCP_CALL_STATES),
  sent_at: iso,
  first_progress_ms: nullable(ms),
  latency_ms: nullable(ms, 'from the request to its answer'),
  bytes_said: nullable(count, 'of the result'),
  tokens_said: nullable(estimatedTokens),
  altered: z.boolean().openapi({ description: 'altered by a rule, or answered by a replay; left out of all figures' }),
  hits: z.array(ruleHit).openapi({ description: 'what rules did with its request and answer, in order' }),
  delivery: nullable(delivery, 'what the model got; null until an API request carried the result'),
};

const call = z.object(callFields).openapi('McpCall', { description: 'a call of an MCP server' }) satisfies z.ZodType<
  JsonRow<McpCallRow>
>;

const connection = z.object({
  id: idText('mcps'),
  run_id: idText('run'),
  session_id: nullable(text('f0b1c2d3-0000-4000-8000-000000000001')),
  name: text('tickets'),
  ...protocol,
  client: nullable(party),
  server: nullable(party),
  started_at: iso,
  ready_at: nullable(iso),
  ended_at: nullable(iso),
  exit: nullable(text('exit code 0')),
  lost: count.openapi({ example: 0 }),
  synthetic: z.boolean().openapi({ description: 'a replay answers for the server' }),
}) satisfies z.ZodType<JsonRow<McpConnectionRow>>;

const message = z.object({
  id: text('mcpm_01jzx4w8q2v5n7m9p3r6t1y0ab'),
  connection_id: idText('mcps'),
  exchange: nullable(text('01jzx4w8q2v5n7m9p3r6t1y0ab'), 'correlation id of the HTTP exchange; null for stdio'),
  sender: z.enum(['client', 'server']),
  kind: z.enum(MCP_MESSAGE_KINDS),
  rpc_id: nullable(z.union([z.string(), z.number()]), "JSON-RPC's own id"),
  method: nullable(text('tools/call')),
  name: nullable(text('search')),
  at: iso,
  size: count.openapi({ description: 'bytes as sent' }),
  truncated: z.boolean().openapi({ description: 'longer than what is kept' }),
  redacted: z.boolean(),
  synthetic: z.boolean().openapi({ description: 'made by a rule or a replay' }),
  altered: z.boolean().openapi({ description: 'changed, delayed, paused or dropped by a rule' }),
  dropped: z.boolean().openapi({ description: 'by a rule: nobody received it' }),
  hits: z.array(ruleHit).openapi({ description: 'what rules did with it, in order' }),
  original: z.unknown().openapi({ description: 'as sent, where a rule has changed it; otherwise null', example: null }),
  message: z
    .unknown()
    .openapi({ description: 'JSON-RPC; text that is no JSON; null where it is damaged', example: { id: 1 } }),
});

const carriage = z.object({
  requests: count.openapi({ description: 'requests whose context had the result', example: 4 }),
  cost_usd: nullable(dollars),
}) satisfies z.ZodType<JsonRow<ResultCarriage>>;

export const mcpCall = z
  .object({
    ...callFields,
    connection,
    request: nullable(message, 'null where retention has removed it'),
    answer: nullable(message, 'null without an answer'),
    received: z.unknown().openapi({
      description: 'content of the tool_result, as the first API request that carried it has it; null: not known',
      example: 'The first lines',
    }),
    carriage: nullable(carriage),
  })
  .openapi('McpCallDetail', { description: 'a call with both messages, and what the model got' });

const pageOf = { total: count, limit: count, offset: count };
export const mcpServerList = z.object({ servers: z.array(server) }).openapi('McpServerList');
export const mcpToolList = z.object({ tools: z.array(tool) }).openapi('McpToolList');
export const mcpCallList = z.object({ calls: z.array(call), ...pageOf }).openapi('McpCallList');
