/** How long a program may take to repeat its request. */
const REPEAT_MS = 5_000;
/** Requests that are remembered; there can be any number of them. */
const MAX_OPEN = 100;

export interface Challenges {
  /** A program asked for this target without credentials. @param onFailure called unless it repeats the request with them */
  begin(target: string, onFailure: () => void): void;
  /** A program asked for this target with credentials. */
  met(target: string): void;
  /** Nothing is repeated any more. */
  close(): void;
}

interface Challenge {
  target: string;
  timer: NodeJS.Timeout;
  onFailure: () => void;
}

/**
 * Requests without credentials. curl and git send theirs only when the proxy asks for them, so such a request is a failure only if it
 * is not repeated. Several to one target are each repeated: `git submodule update --jobs 4` begins with four.
 */
export function createChallenges(): Challenges {
  /** Oldest first. */
  const open = new Set<Challenge>();

  function end(challenge: Challenge): void {
    clearTimeout(challenge.timer);
    open.delete(challenge);
  }

  function fail(challenge: Challenge): void {
    end(challenge);
    challenge.onFailure();
  }

  return {
    begin(target, onFailure) {
      if (open.size >= MAX_OPEN) return onFailure();
      const timer = setTimeout(() => fail(challenge), REPEAT_MS).unref();
      const challenge: Challenge = { target, timer, onFailure };
      open.add(challenge);
    },
    met(target) {
      const repeated = [...open].find((each) => each.target === target);
      if (repeated !== undefined) end(repeated);
    },
    close() {
      for (const challenge of open) fail(challenge);
    },
  };
}
