import { RecentMap } from '../base/recent-map.js';

/** Names and kinds of clients that are remembered: there can be any number of hosts below a suffix. */
const MAX_CALLERS = 1_000;

/** A kind of client, and the server that it calls. */
export interface Caller {
  /** `host:port` of the CONNECT, normalized. */
  target: string;
  /** The name in the hello; null without one. */
  serverName: string | null;
  /** Cipher suites of the hello: the same for all programs with the same TLS library and settings. */
  ciphers: string;
}

export interface Refusals {
  /** Whether connections of this client pass unread. */
  hasGivenUp(caller: Caller): boolean;
  /** Another kind of client accepted our certificate at this host, and this kind has accepted it nowhere yet. */
  isStranger(caller: Caller): boolean;
  /** It accepted our certificate: its kind is never given up, and other kinds on that host count for themselves. */
  accepted(caller: Caller): void;
  /**
   * @param isSilent it left without an alert: it may have changed its mind, so this alone is never enough to give it up
   * @returns true where it is given up now
   */
  refused(caller: Caller, isSilent: boolean): boolean;
}

/**
 * Counts the clients that refuse our certificate. Until a client has accepted it at a host, all clients count together: Claude
 * Code 2.1 calls with two TLS libraries, and tries a request only a few times. After that, each kind of client counts for itself:
 * a Python program that Claude Code runs may refuse what Claude Code accepts. Then Python's connections pass unread and work,
 * and Claude Code's are still read.
 * @param max refusals in a row; 1 where the client is known to possibly not accept our certificate
 */
export function createRefusals(max: number): Refusals {
  const counts = new RecentMap<string, number>(MAX_CALLERS);
  const ACCEPTED = -1;
  /** Cipher suites of clients that have accepted at any host. */
  const trusting = new RecentMap<string, true>(MAX_CALLERS);
  const hostOf = ({ target, serverName }: Caller) => `${target} ${serverName ?? ''}`.toLowerCase();
  const kindOf = (caller: Caller) => `${hostOf(caller)} ${caller.ciphers}`;
  /** The counter for a refusal of this client. */
  const counterOf = (caller: Caller) => (counts.get(hostOf(caller)) === ACCEPTED ? kindOf(caller) : hostOf(caller));
  return {
    hasGivenUp: (caller) => counts.get(kindOf(caller)) !== ACCEPTED && (counts.get(counterOf(caller)) ?? 0) >= max,
    isStranger: (caller) => counts.get(hostOf(caller)) === ACCEPTED && trusting.get(caller.ciphers) === undefined,
    accepted: (caller) => {
      trusting.set(caller.ciphers, true);
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
