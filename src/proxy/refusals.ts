import { RecentMap } from '../base/recent-map.js';

/** Names and kinds of clients remembered, oldest forgotten first: hosts below a suffix can be any number. */
const MAX_CALLERS = 1_000;

/** Who refuses: a kind of client that calls a name at a server. */
export interface Caller {
  /** `host:port` of the CONNECT, in the one spelling of a host. */
  target: string;
  /** The name in the hello; null without one. */
  serverName: string | null;
  /** Cipher suites of the hello: programs that share a TLS library and its settings look the same. */
  ciphers: string;
}

export interface Refusals {
  /** Whether connections of this client pass unread. */
  hasGivenUp(caller: Caller): boolean;
  /** It took our certificate: its kind will never be given up, and others on that host only for themselves. */
  accepted(caller: Caller): void;
  /**
   * @param isSilent it went without an alert: it may have changed its mind, so that alone is never enough to give it up
   * @returns true when it is given up now
   */
  refused(caller: Caller, isSilent: boolean): boolean;
}

/**
 * Who keeps refusing our certificate. As long as nobody has accepted it at a host, all clients count together: Claude Code 2.1
 * calls with two TLS libraries, and tries a request but a few times. Once somebody has, each kind of client counts for itself: a
 * Python program that Claude Code runs can refuse what Claude Code accepts. Then Python's connections pass unread and work, and
 * Claude Code's are read on.
 * @param max refusals in a row; 1 where it is known before that the client may not take our certificate
 */
export function createRefusals(max: number): Refusals {
  const counts = new RecentMap<string, number>(MAX_CALLERS);
  const ACCEPTED = -1;
  const hostOf = ({ target, serverName }: Caller) => `${target} ${serverName ?? ''}`.toLowerCase();
  const kindOf = (caller: Caller) => `${hostOf(caller)} ${caller.ciphers}`;
  /** What a refusal of this client counts for. */
  const counterOf = (caller: Caller) => (counts.get(hostOf(caller)) === ACCEPTED ? kindOf(caller) : hostOf(caller));
  return {
    hasGivenUp: (caller) => counts.get(kindOf(caller)) !== ACCEPTED && (counts.get(counterOf(caller)) ?? 0) >= max,
    accepted: (caller) => {
      counts.set(hostOf(caller), ACCEPTED);
      counts.set(kindOf(caller), ACCEPTED);
    },
    refused: (caller, isSilent) => {
      const key = counterOf(caller);
      const before = counts.get(key) ?? 0;
      if (before === ACCEPTED) return false;
      const after = before + (isSilent ? Math.min(1, max / 2) : 1);
      counts.set(key, after);
      return before < max && after >= max;
    },
  };
}
