import { isRecord, recordsOf } from '../base/json.js';
import type { McpCallRow } from '../model/mcp-rows.js';
import { DamagedContentError, NotFoundError, type Reader } from '../store/index.js';
import { readJsonBody } from './json-body.js';

/**
 * What the model got of a call's result: the content of its `tool_result`, in the first API request that carried it.
 * Null where no stored request has it, or its body is damaged.
 */
export function receivedResult(reader: Reader, { toolUseId, delivery }: McpCallRow): unknown {
  const carriedBy = delivery?.carriedBy ?? null;
  if (toolUseId === null || carriedBy === null) return null;
  const body = bodyOf(reader, carriedBy);
  if (!isRecord(body)) return null;
  const result = recordsOf(body.messages)
    .toReversed()
    .flatMap(({ content }) => recordsOf(content))
    .find(({ type, tool_use_id }) => type === 'tool_result' && tool_use_id === toolUseId);
  return result?.content ?? null;
}

function bodyOf(reader: Reader, id: string): unknown {
  try {
    const { requestHeaders, requestBody } = reader.request(id);
    return readJsonBody(reader.requestBody(id), requestHeaders, requestBody.redacted).body;
  } catch (error) {
    if (error instanceof DamagedContentError || error instanceof NotFoundError) return undefined;
    throw error;
  }
}
