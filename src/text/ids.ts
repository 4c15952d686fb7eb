/** Of a request: the prefix, its time, and enough of the rest to tell it from others. */
const REQUEST = 'req_'.length + 14;
/** Of a session of Claude Code, a UUID. */
const SESSION = 8;

/** Gives the beginning of an id, which every command takes in its place. */
export type Shorten = (id: string) => string;

/** Of one that is shown alone. */
export const shortSessionId: Shorten = (id) => id.slice(0, SESSION);

/** For requests that are shown together. */
export function shortRequestIds(ids: readonly string[]): Shorten {
  return beginningsOf(ids, REQUEST);
}

/** For sessions that are shown together. */
export function shortSessionIds(ids: readonly string[]): Shorten {
  return beginningsOf(ids, SESSION);
}

/**
 * Beginnings that differ from each other. Ids of an older version share their time and most of the rest where a clock was set
 * back, or where several were made within a millisecond.
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
