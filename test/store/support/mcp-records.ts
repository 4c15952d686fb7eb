import { newUlid, type RunId } from '../../../src/model/ids.js';
import type {
  McpCall,
  McpConnection,
  McpConnectionId,
  McpDefinition,
  McpDelivery,
  McpMessage,
} from '../../../src/model/mcp.js';
import type { McpWrite } from '../../../src/model/mcp-write.js';

/** Records of MCP as capture makes them, with default values. */

export function aConnection(runId: RunId, values: Partial<McpConnection> = {}): McpConnection {
  const startedAt = values.startedAt ?? Date.now();
  return {
    id: `mcps_${newUlid()}`,
    runId,
    sessionId: null,
    name: 'serena',
    scope: 'project',
    transport: 'stdio',
    target: 'serena-server',
    era: 'legacy',
    protocol: '2025-11-25',
    client: { name: 'claude-code', version: '2.1.332' },
    server: { name: 'Serena', version: null },
    startedAt,
    readyAt: startedAt + 120.5,
    endedAt: null,
    exit: null,
    lost: 0,
    synthetic: false,
    ...values,
  };
}

export function aMessage(connectionId: McpConnectionId, values: Partial<McpMessage> = {}): McpMessage {
  const bytes = values.bytes ?? Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find"}}');
  return {
    id: `mcpm_${newUlid()}`,
    connectionId,
    exchange: null,
    sender: 'client',
    kind: 'request',
    rpcId: 1,
    method: 'tools/call',
    name: 'find',
    at: Date.now(),
    size: bytes.byteLength,
    bytes,
    truncated: false,
    redacted: false,
    original: null,
    synthetic: false,
    altered: false,
    dropped: false,
    ...values,
  };
}

/** An open call, with its request message. */
export function aCall(connectionId: McpConnectionId, values: Partial<McpCall> = {}, text?: string) {
  const sentAt = values.sentAt ?? Date.now();
  const request = aMessage(connectionId, {
    at: sentAt,
    method: values.method ?? 'tools/call',
    name: values.name ?? 'find',
    ...(text === undefined ? {} : { bytes: Buffer.from(text) }),
  });
  const call: McpCall = {
    id: `mcpc_${request.id.slice('mcpm_'.length)}`,
    connectionId,
    method: 'tools/call',
    name: 'find',
    toolUseId: `toolu_${newUlid()}`,
    request: request.id,
    answer: null,
    sentAt,
    firstProgressAt: null,
    answeredAt: null,
    state: 'open',
    resultBytes: null,
    tokensSaid: null,
    altered: false,
    ...values,
  };
  return { request, call, writes: [message(request), { type: 'call', call }] satisfies McpWrite[] };
}

/** The same call, answered. */
export function answered(call: McpCall, latencyMs: number, text: string, values: Partial<McpCall> = {}) {
  const answer = aMessage(call.connectionId, {
    at: call.sentAt + latencyMs,
    sender: 'server',
    kind: 'response',
    method: call.method,
    name: call.name,
    bytes: Buffer.from(text),
  });
  const ended: McpCall = {
    ...call,
    answer: answer.id,
    answeredAt: answer.at,
    state: 'ok',
    resultBytes: answer.size,
    tokensSaid: Math.ceil(answer.size / 4),
    ...values,
  };
  return { answer, call: ended, writes: [message(answer), { type: 'call', call: ended }] satisfies McpWrite[] };
}

/** @param carriedBy correlation id */
export function aDelivery(toolUseId: string, carriedBy: string, values: Partial<McpDelivery> = {}): McpDelivery {
  return {
    toolUseId,
    calledBy: null,
    carriedBy,
    form: 'whole',
    bytesGot: 40,
    tokensGot: 10,
    isError: false,
    ...values,
  };
}

export function aDefinition(connectionId: McpConnectionId, values: Partial<McpDefinition> = {}): McpDefinition {
  return { connectionId, kind: 'tool', name: 'find', hash: '0'.repeat(64), bytesSaid: 300, bytesGot: null, ...values };
}

export function message(message: McpMessage): McpWrite {
  return { type: 'message', message };
}
