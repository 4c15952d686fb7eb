const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Tidies up when a signal ends the process. The first SIGINT does not: it asks for an early end, and whoever it is meant
 * for listens to it, too.
 *
 * @returns takes the promise back
 */
export function whenKilled(tidyUp: () => void): () => void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT' && !asked) {
      asked = true;
      return;
    }
    tidyUp();
    release();
    process.kill(process.pid, signal); // ends as if nobody had listened
  };
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return release;
}
