import type { SessionSummary } from '../../model/session.js';
import { VERSION } from '../../settings/version.js';
import { counted, formatDollars, formatDuration, formatTokens, markEstimate } from '../../text/units.js';

export function conversationTitle(session: SessionSummary | null): string {
  return session === null ? 'Conversation' : `Conversation of session ${session.id}`;
}

/** How to read the document. */
export const ABOUT = `Written by claude-trace ${VERSION}. Each request shows what it added to the conversation, and the answer. Times are UTC. ~ marks estimates.`;

/** The totals of the session. */
export function describeSession(session: SessionSummary): string {
  const isEstimate = session.estimatedRequests > 0;
  const totals = [
    session.cwd,
    session.firstSeen.toISOString(),
    formatDuration(session.durationMs),
    counted(session.requests, 'request'),
    `${formatTokens(session.inputTokens)} tokens in`,
    `${markEstimate(formatTokens(session.outputTokens), isEstimate)} out`,
    markEstimate(formatDollars(session.costUsd), isEstimate),
  ];
  return totals.join(', ');
}
