import { hash } from 'node:crypto';
import type { McpCallDetail } from '../../model/mcp-rows.js';
import type { RequestSummary } from '../../model/request.js';
import type { Reader } from '../../store/index.js';
import { isFailedCall } from '../../text/mcp-figures.js';
import { answerText, requestText } from '../../text/mcp-texts.js';
import { carriedCalls } from '../carried-calls.js';
import { ruleAttributes } from './rule-attributes.js';
import { callSpanId, known, type Span, traceIdOf } from './span.js';

/** The calls of MCP servers whose results a request carried first. */
export function mcpSpans(reader: Reader, row: RequestSummary, withContent: boolean): Span[] {
  return carriedCalls(reader, row).map(({ id }) => mcpSpan(reader.mcpCall(id), withContent));
}

/**
 * A call as measured between Claude Code and the server, beneath the tool call (`toolSpans`) that it is part of. With the attributes
 * of https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/
 */
export function mcpSpan(call: McpCallDetail, withContent: boolean): Span {
  const { id, method, name, state, delivery, sentAt, latencyMs, connection, request, answer } = call;
  const start = sentAt.getTime();
  const isTool = method === 'tools/call';
  const isFailed = isFailedCall(state);
  const traceId = traceIdOf({ sessionId: call.sessionId, threadId: null, id });
  return {
    traceId,
    spanId: hash('sha256', `claude-trace mcp ${id}`).slice(0, 16),
    parentSpanId: call.toolUseId === null || call.sessionId === null ? null : callSpanId(traceId, call.toolUseId),
    name: method === 'resources/read' ? method : `${method} ${name}`,
    kind: 'client',
    start,
    end: start + (latencyMs ?? 0),
    attributes: known({
      'mcp.method.name': method,
      'mcp.protocol.version': connection.protocol,
      'mcp.resource.uri': method === 'resources/read' ? name : null,
      'jsonrpc.request.id': request?.rpcId == null ? null : String(request.rpcId),
      'gen_ai.operation.name': isTool ? 'execute_tool' : null,
      'gen_ai.tool.name': isTool ? name : null,
      'gen_ai.tool.call.id': call.toolUseId,
      'gen_ai.prompt.name': method === 'prompts/get' ? name : null,
      'gen_ai.conversation.id': call.sessionId,
      'network.transport': connection.transport === 'stdio' ? 'pipe' : 'tcp',
      'server.address': URL.canParse(connection.target) ? new URL(connection.target).hostname : null,
      'error.type': isFailed ? state : null,
      'claude_trace.mcp.call.id': id,
      'claude_trace.mcp.server': call.server,
      'claude_trace.mcp.state': state,
      'claude_trace.mcp.form': delivery?.form,
      'claude_trace.mcp.bytes_said': call.bytesSaid,
      'claude_trace.mcp.bytes_got': delivery?.bytesGot,
      'claude_trace.mcp.tokens_said': call.tokensSaid,
      'claude_trace.mcp.tokens_got': delivery?.tokensGot,
      'claude_trace.mcp.altered': call.altered ? true : null,
      ...ruleAttributes(call.hits),
      ...(withContent && {
        'gen_ai.tool.call.arguments': request && requestText(request),
        'gen_ai.tool.call.result': answer && answerText(answer),
      }),
    }),
    follows: null,
    failure: isFailed ? '' : null,
  };
}
