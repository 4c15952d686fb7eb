import type { PriceOverrides } from '../attribution/index.js';
import { parseJson } from '../base/json.js';
import { toJsonRow } from '../base/json-row.js';
import type { McpCallDetail, McpMessageDetail } from '../model/mcp-rows.js';
import type { Reader } from '../store/index.js';
import { type ResultCarriage, resultCarriage } from './mcp-join/carriage.js';
import { receivedResult } from './received-result.js';

/** A call, and what became of its result. */
export interface McpCallWithResult {
  call: McpCallDetail;
  /** Content of its result in the API request that carried it first; null if it is not known. */
  received: unknown;
  carriage: ResultCarriage | null;
}

/**
 * @param id of a call, the beginning of it, id of its tool use, or `last`
 * @throws NotFoundError, AmbiguousIdError
 */
export function readMcpCall(reader: Reader, id: string, prices: PriceOverrides): McpCallWithResult {
  const call = reader.mcpCall(id);
  const { toolUseId, delivery } = call;
  const carriedBy = delivery?.carriedBy ?? null;
  const isKnown = toolUseId !== null && carriedBy !== null;
  return {
    call,
    received: receivedResult(reader, call),
    carriage: isKnown ? resultCarriage(reader, { toolUseId, carriedBy }, prices) : null,
  };
}

/** As JSON output. Messages, and what the model got, are data of others: their keys stay. */
export function mcpCallToJson({ call: { request, answer, ...call }, received, carriage }: McpCallWithResult) {
  return {
    ...toJsonRow(call),
    carriage: toJsonRow(carriage),
    request: messageToJson(request),
    answer: messageToJson(answer),
    received,
  };
}

function messageToJson(message: McpMessageDetail | null) {
  if (message === null) return null;
  const { bytes, original, ...row } = message;
  return { ...toJsonRow(row), original: contentOf(original), message: contentOf(bytes) };
}

/** Text that is not JSON, such as that of a truncated message, is kept as text. */
function contentOf(bytes: Uint8Array | null): unknown {
  const text = bytes === null ? null : Buffer.from(bytes).toString();
  return text === null ? null : (parseJson(text) ?? text);
}
