/**
 * Does work with a signal that aborts with the given one, and after a time. `AbortSignal.any` with `AbortSignal.timeout` does not serve:
 * Node 20 collects the timeout as garbage, and the work is never aborted.
 */
export async function withTimeLimit<Result>(
  ms: number,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const abort = () => limit.abort(signal.reason);
  const timer = setTimeout(() => limit.abort(), ms);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
