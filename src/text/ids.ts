/** The prefix, the time of the ULID (10 characters), and 4 of its random ones. */
const REQUEST_LENGTH = 'req_'.length + 14;
const MCP_CALL_LENGTH = 'mcpc_'.length + 14;
const TAPE_LENGTH = 'tape_'.length + 14;
/** Characters of a UUID that are shown. */
const SESSION_LENGTH = 8;

/** The beginning of an id. Every command takes it in place of the id. */
export type Shorten = (id: string) => string;

export const shortSessionId: Shorten = (id) => id.slice(0, SESSION_LENGTH);

/** For requests that are shown together: beginnings that differ from each other. */
export function shortRequestIds(ids: readonly string[]): Shorten {
  return beginningsOf(ids, REQUEST_LENGTH);
}

/** For calls of MCP servers that are shown together: beginnings that differ from each other. */
export function shortMcpCallIds(ids: readonly string[]): Shorten {
  return beginningsOf(ids, MCP_CALL_LENGTH);
}

/** For tapes that are shown together: beginnings that differ from each other. */
export function shortTapeIds(ids: readonly string[]): Shorten {
  return beginningsOf(ids, TAPE_LENGTH);
}

/** For sessions that are shown together: beginnings that differ from each other. */
export function shortSessionIds(ids: readonly string[]): Shorten {
  return beginningsOf(ids, SESSION_LENGTH);
}

/**
 * Ids of older versions share more than their usual beginning where the clock was set back, or where several were made
 * within a millisecond.
 */
function beginningsOf(ids: readonly string[], least: number): Shorten {
  const sorted = [...new Set(ids)].sort();
  const lengths = new Map(
    sorted.map((id, index) => [
      id,
      Math.max(sharedLength(id, sorted[index - 1]), sharedLength(id, sorted[index + 1])) + 1,
    ]),
  );
  return (id) => id.slice(0, Math.max(least, lengths.get(id) ?? 0));
}

function sharedLength(id: string, other = ''): number {
  let length = 0;
  while (length < id.length && id[length] === other[length]) length += 1;
  return length;
}
