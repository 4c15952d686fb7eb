/** The exit code that shells report for a program that Ctrl-C ended. */
export const EXIT_INTERRUPTED = 130;

/** Lets work stop in order: the first Ctrl-C aborts the signal, and a second one ends the process. `end` restores what Ctrl-C does. */
export function catchInterrupt(): { signal: AbortSignal; end(): void } {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  return {
    signal: interrupt.signal,
    end: () => void process.removeListener('SIGINT', onInterrupt),
  };
}
