import type { ResultCarriage } from '../../history/mcp-join/carriage.js';
import type { McpCallDetail, McpConnectionRow } from '../../model/mcp-rows.js';
import { callName, describeForm, mcpWord } from '../mcp-figures.js';
import { describeHit } from '../rule-hits.js';
import {
  counted,
  formatBytes,
  formatDollars,
  formatDuration,
  formatTime,
  formatTokens,
  markEstimate,
} from '../units.js';

/** The facts of a call; null where a value is unknown or does not apply. */
export function mcpCallFacts(
  call: McpCallDetail,
  carriage: ResultCarriage | null,
): [name: string, value: string | null][] {
  const { answer, connection, delivery, bytesSaid, tokensSaid } = call;
  return [
    ['called', callName(call)],
    ['server', describeServer(connection)],
    ['time', formatTime(call.sentAt, new Date())],
    ['state', mcpWord(call.state)],
    ['altered', alteredBy(call)],
    ...hitFacts(call),
    ['latency', call.latencyMs === null ? null : describeLatency(call.latencyMs, call.firstProgressMs)],
    [
      answer?.original || answer?.synthetic ? 'client got' : 'server sent',
      bytesSaid === null ? null : amount(bytesSaid, markEstimate(formatTokens(tokensSaid), true)),
    ],
    ['model got', delivery === null ? NOT_CARRIED : amount(delivery.bytesGot, formatTokens(delivery.tokensGot))],
    ['', delivery && `${describeForm(delivery.form)}${delivery.isError ? ' It is marked as an error.' : ''}`],
    ['in the context', carriage && `of ${counted(carriage.requests, 'request')}, ${formatDollars(carriage.costUsd)}`],
  ];
}

function alteredBy({ altered, connection }: McpCallDetail): string | null {
  if (!altered) return null;
  return `by ${connection.synthetic ? 'a replay' : 'rules'}: not in the figures of servers and tools`;
}

/** What rules did, a line each. */
function hitFacts({ request, answer }: McpCallDetail): [name: string, value: string][] {
  const lines = [
    ...(request?.hits ?? []).map((hit) => describeHit(hit, 'request')),
    ...(answer?.hits ?? []).map((hit) => describeHit(hit, 'answer')),
  ];
  return lines.map((line, index) => [index === 0 ? 'rules' : '', line]);
}

/** Its ids, and those of the API requests that it belongs to; null where one is unknown. */
export function mcpCallIds({
  id,
  connection,
  sessionId,
  toolUseId,
  delivery,
}: McpCallDetail): [name: string, value: string | null][] {
  return [
    ['call', id],
    ['connection', connection.id],
    ['session', sessionId],
    ['tool use', toolUseId],
    ['called by', delivery?.calledBy ?? null],
    ['carried by', delivery?.carriedBy ?? null],
  ];
}

const NOT_CARRIED = 'not known: no stored request carried the result';

function amount(bytes: number, tokens: string): string {
  return `${formatBytes(bytes)}, ${tokens} tokens`;
}

function describeLatency(latencyMs: number, firstProgressMs: number | null): string {
  const progress = firstProgressMs === null ? '' : `, first progress after ${formatDuration(firstProgressMs)}`;
  return `${formatDuration(latencyMs)}${progress}`;
}

/** `tickets (stdio, tickets-server, protocol 2025-11-25, Tickets 1.2)`. */
function describeServer({ name, transport, target, protocol, server }: McpConnectionRow): string {
  const facts = [
    transport,
    target,
    ...(protocol === null ? [] : [`protocol ${protocol}`]),
    ...(server === null ? [] : [`${server.name} ${server.version ?? ''}`.trim()]),
  ];
  return `${name} (${facts.join(', ')})`;
}
