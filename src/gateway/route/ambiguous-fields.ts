import { isRecord } from '../../base/json.js';
import { countFields } from '../../base/json-bytes.js';
import type { RpcMessage } from '../../mcp/messages/index.js';

/** Fields of messages and of their parameters by which the gateway, its rules or a server decides: their names by the folded ones. */
const OF_MESSAGE = byFolded(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
const OF_PARAMS = byFolded([
  ...['name', 'arguments', 'uri', 'ref', 'argument', 'context', 'cursor', 'level', '_meta'],
  ...['protocolVersion', 'capabilities', 'clientInfo', 'requestId', 'progressToken', 'task', 'taskId'],
]);
const NONE = byFolded([]);

/**
 * Why servers may read another message than the gateway; null if they cannot. Parsers differ in which of two fields with one name they take,
 * and some ignore the case of names, such as Go's `encoding/json`: rules and upstream must not see different messages.
 */
export function ambiguityOf({ bytes, body }: RpcMessage): string | null {
  const { params } = body;
  if (countFields(bytes) !== countOf(body)) return 'a field of the message is repeated';
  return (
    ambiguousName(body, OF_MESSAGE) ??
    (isRecord(params) ? (ambiguousName(params, OF_PARAMS) ?? ambiguousName(params.arguments, NONE)) : null)
  );
}

/** @param expected names that must not be written in another case */
function ambiguousName(object: unknown, expected: ReadonlyMap<string, string>): string | null {
  if (!isRecord(object)) return null;
  const seen = new Set<string>();
  const names = Object.keys(object);
  let wanted: string | undefined;
  for (const name of names) {
    const fold = folded(name);
    seen.add(fold);
    const right = expected.get(fold);
    if (right !== name) wanted ??= right;
  }
  if (seen.size < names.length) return 'two fields of the message differ only in case';
  return wanted === undefined ? null : `the field ${wanted} is written in another case`;
}

function byFolded(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [folded(name), name]));
}

/** Equal for names that differ only in case, also for the letters that Unicode folds to ASCII, such as U+017F. */
function folded(name: string): string {
  return /^[a-z_]*$/.test(name) ? name : name.toUpperCase().toLowerCase();
}

/** Number of fields of all objects in a value. Without recursion: a message may be nested deeply. */
function countOf(value: unknown): number {
  let fields = 0;
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const inner = Object.values(next);
    if (!Array.isArray(next)) fields += inner.length;
    for (const each of inner) if (typeof each === 'object') waiting.push(each);
  }
  return fields;
}
