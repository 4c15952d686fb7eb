/** A sentence for people, whatever was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reason of a system error about a file that the sentence has named already: `permission denied`, without code, call and path. */
export function systemReason(error: unknown): string {
  const text = describeError(error);
  return /^E[A-Z0-9]+: (.+?), \w+( |$)/.exec(text)?.[1] ?? text;
}

/** The code of an error of Node, SQLite or zlib, such as ENOENT; null without one. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/**
 * The error that has the reason, where `fetch` says no more than `fetch failed`, and an abort not that it is a timeout. Where several
 * addresses of a name failed, only the first has a message.
 */
export function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError) return error.errors[0];
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}
