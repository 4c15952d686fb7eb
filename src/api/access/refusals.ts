/** Why a request was refused. Nothing else of it is kept. */
const REASONS = {
  token: 'without the token',
  host: 'under a foreign Host name',
  origin: 'by a page of another site',
} as const;
export type Reason = keyof typeof REASONS;

export interface Refusals {
  note(reason: Reason): void;
  /** Reports refusals that were not reported yet. */
  end(): void;
}

/** One line a minute, since somebody may guess tokens. */
const EACH_MS = 60_000;

/** Counts refused requests, and reports the first at once and later ones once a minute. */
export function createRefusals(report: (message: string) => void): Refusals {
  const counts = new Map<Reason, number>();
  let quiet: NodeJS.Timeout | null = null;

  function flush(): void {
    if (counts.size === 0) return;
    const parts = [...counts].map(([reason, count]) => `${count} ${REASONS[reason]}`);
    counts.clear();
    report(`The HTTP API refused requests: ${parts.join(', ')}.`);
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
