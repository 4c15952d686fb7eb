import type { SessionSummary } from '../../model/session.js';
import { VERSION } from '../../settings/version.js';
import { describeFigures } from '../../text/request-totals.js';
import { formatDuration } from '../../text/units.js';

export function conversationTitle(session: SessionSummary | null): string {
  return session === null ? 'Conversation' : `Conversation of session ${session.id}`;
}

/** How to read the document. */
export const ABOUT = `Written by claude-trace ${VERSION}. Each request shows what it added to the conversation, and the answer. Times are UTC. ~ marks estimates.`;

/** The totals of the session. */
export function describeSession(session: SessionSummary): string {
  const { requests, inputTokens, outputTokens, costUsd } = session;
  const totals = [
    session.cwd,
    session.firstSeen.toISOString(),
    formatDuration(session.durationMs),
    ...describeFigures({ requests, inputTokens, outputTokens, costUsd, isEstimate: session.estimatedRequests > 0 }),
  ];
  return totals.join(', ');
}
