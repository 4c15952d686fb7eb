/** How long a program may take to repeat its request. */
const REPEAT_MS = 5_000;
/** Targets that are remembered; there can be any number of them. */
const MAX_TARGETS = 100;

export interface Challenges {
  /** A program asked for this target without credentials. @param onFailure called unless it repeats the request with them */
  begin(target: string, onFailure: () => void): void;
  /** A program asked for this target with credentials. */
  met(target: string): void;
  /** Nothing is repeated any more. */
  close(): void;
}

/**
 * Requests without credentials, by target. curl and git send theirs only when the proxy asks for them, so such a request is a failure
 * only if it is not repeated.
 */
export function createChallenges(): Challenges {
  const open = new Map<string, { timer: NodeJS.Timeout; onFailure: () => void }>();

  function end(target: string): (() => void) | undefined {
    const challenge = open.get(target);
    clearTimeout(challenge?.timer);
    open.delete(target);
    return challenge?.onFailure;
  }

  return {
    begin(target, onFailure) {
      end(target)?.();
      if (open.size >= MAX_TARGETS) return onFailure();
      const timer = setTimeout(() => end(target)?.(), REPEAT_MS).unref();
      open.set(target, { timer, onFailure });
    },
    met: (target) => void end(target),
    close() {
      for (const target of [...open.keys()]) end(target)?.();
    },
  };
}
