/** Something that happened to what is stored. Retention, which removes requests, changes nothing in this sense. */
export interface Change {
  /**
   * Ascending in the order of commits, also across processes and restarts. The first of a database is the time in unix ms,
   * so a number of another database, older or newer, is never one that this database has given.
   */
  n: number;
  at: Date;
  /** Interrupted requests have ended, too. */
  type:
    | 'request.started'
    | 'request.ended'
    | 'feedback.created'
    | 'feedback.updated'
    | 'feedback.deleted'
    | 'mcp_call.started'
    | 'mcp_call.ended'
    | 'mcp_call.delivered'
    | 'rule.alert';
  /** Null for a change of an MCP call, and for an alert. */
  requestId: string | null;
  feedbackId: string | null;
  /** Null for other changes. delivered: an API request carried the result. */
  mcpCallId: string | null;
  /** `alert_…`; null for other changes. */
  alertId: string | null;
}
