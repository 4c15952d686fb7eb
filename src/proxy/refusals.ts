/** Handshakes in a row that a client must refuse, none accepted, before its connections pass unread. */
const MAX_REFUSALS = 3;
/** Kinds of clients remembered, oldest forgotten first: hosts below a suffix can be any number. */
const MAX_CLIENTS = 1_000;

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
  /** Whether this kind of client has refused so often that its connections pass unread. */
  hasGivenUp(caller: Caller): boolean;
  /** It took our certificate: it will never be given up. */
  accepted(caller: Caller): void;
  /** @returns true when it is given up now */
  refused(caller: Caller): boolean;
}

/**
 * Which clients keep refusing our certificate. Counted by kind of client, not by host alone: a Python program that Claude Code
 * runs can refuse what Claude Code itself accepts. Then Python's connections pass unread and work, and Claude Code's are read on.
 */
export function createRefusals(): Refusals {
  const counts = new Map<string, number>();
  const keyOf = ({ target, serverName, ciphers }: Caller) => `${target} ${serverName ?? ''} ${ciphers}`.toLowerCase();
  const ACCEPTED = -1;
  return {
    hasGivenUp: (caller) => (counts.get(keyOf(caller)) ?? 0) >= MAX_REFUSALS,
    accepted: (caller) => void counts.set(keyOf(caller), ACCEPTED),
    refused: (caller) => {
      const key = keyOf(caller);
      const before = counts.get(key) ?? 0;
      if (before === ACCEPTED) return false;
      counts.delete(key);
      counts.set(key, before + 1);
      const oldest = counts.keys().next();
      if (counts.size > MAX_CLIENTS && !oldest.done) counts.delete(oldest.value);
      return before + 1 === MAX_REFUSALS;
    },
  };
}
