/** The exit code that shells report for a program that Ctrl-C ended. */
export const EXIT_INTERRUPTED = 130;

/** Lets work stop cleanly: the first Ctrl-C aborts the signal, and a second one ends the process. After `end`, so does the first. */
export function catchInterrupt(): { signal: AbortSignal; end(): void } {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  return {
    signal: interrupt.signal,
    end: () => void process.removeListener('SIGINT', onInterrupt),
  };
}
