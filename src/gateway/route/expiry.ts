/** Longer times overflow a timer of Node. Streams do not live so long. */
const MAX_MS = 2 ** 31 - 1;

/** Streams that end with the token of their client. */
export interface Expiry {
  closers: Set<() => void>;
  cancel(): void;
}

/** @param expiresAt unix milliseconds; null for never */
export function expiryAt(expiresAt: number | null): Expiry {
  const closers = new Set<() => void>();
  const timer =
    expiresAt === null
      ? undefined
      : setTimeout(
          () => {
            for (const close of closers) close();
          },
          Math.min(Math.max(0, expiresAt - Date.now()), MAX_MS),
        );
  return { closers, cancel: () => clearTimeout(timer) };
}
