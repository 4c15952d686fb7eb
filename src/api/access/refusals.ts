/** Why a request was refused; what it sent is never kept. */
const REASONS = {
  token: 'without the token',
  host: 'under a foreign Host name',
  origin: 'by a page of another site',
} as const;
export type Reason = keyof typeof REASONS;

export interface Refusals {
  note(reason: Reason): void;
  /** Tells what has not been told. */
  end(): void;
}

/** Often enough to notice, and no more lines than somebody who guesses tokens deserves. */
const EACH_MS = 60_000;

/** Counts refused requests, and tells of them at once, but then once a minute at most. */
export function createRefusals(tell: (message: string) => void): Refusals {
  const counts = new Map<Reason, number>();
  let quiet: NodeJS.Timeout | null = null;

  function flush(): void {
    if (counts.size === 0) return;
    const parts = [...counts].map(([reason, count]) => `${count} ${REASONS[reason]}`);
    counts.clear();
    tell(`The HTTP API refused requests: ${parts.join(', ')}.`);
  }

  return {
    note(reason) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      if (quiet !== null) return;
      flush();
      quiet = setTimeout(() => {
        quiet = null;
        flush();
      }, EACH_MS).unref();
    },
    end() {
      if (quiet !== null) clearTimeout(quiet);
      flush();
    },
  };
}
