import { USERNAME } from '../client/credentials.js';
import type { UpstreamProxy } from './upstream-proxy.js';

/**
 * One claude-trace inside another: the inner one chains to the outer one as to any proxy. Its requests carry this header, and
 * the outer one passes them unread, so each request is recorded once, by the claude-trace that is nearest to the program. No
 * `Proxy-` header goes beyond the next proxy (`rewriteHead`).
 */
const MARK = 'Proxy-Claude-Trace: reading';
const MARK_LINE = /^proxy-claude-trace:/im;

/** Header lines for a request to a proxy; none where the proxy is another program. */
export function markFor(proxy: UpstreamProxy, isReading: boolean): string[] {
  return isReading && isClaudeTrace(proxy) ? [MARK] : [];
}

/** Recognizes one of us by its address and the form of its credentials (`createCredentials`). */
export function isClaudeTrace({ host, credentials }: UpstreamProxy): boolean {
  return (
    /^(127\.|localhost$|::1$)/.test(host) &&
    credentials?.username === USERNAME &&
    /^[\w-]{32}$/.test(credentials.password)
  );
}

/** @param head of a request to this proxy, as latin1 */
export function isReadByAnother(head: Buffer): boolean {
  return MARK_LINE.test(head.toString('latin1'));
}
