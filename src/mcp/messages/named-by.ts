import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';

/** The field of `params` that the header `Mcp-Name` repeats (MCP 2026-07-28). */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** The value of `Mcp-Name` for a request; null if it has none. */
export function nameInHeader({ method, params }: JsonRecord): string | null {
  const named = stringOf(method);
  const field = named !== null && Object.hasOwn(NAMED_BY, named) ? NAMED_BY[named] : undefined;
  return field === undefined || !isRecord(params) ? null : stringOf(params[field]);
}
