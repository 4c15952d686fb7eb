/** The task of the played Claude Code, in the variable DAY_TASK. Times are unix ms. */
export interface DayTask {
  start: number;
  to: number;
  /** In all. */
  requests: number;
  apiPort: number;
  mcpPort: number;
  /** Of both servers. */
  certFile: string;
  keyFile: string;
  resultFile: string;
}

/** The content of `resultFile`, written at the beginning and at the end. */
export interface DayResult {
  requests: number;
  /** Requests that were sent again on a new connection, since the server had closed an idle one. */
  resent: number;
  /** Of tools of MCP servers. */
  calls: number;
  sessions: number;
  /** Of the server that lives all day. */
  shimPid: number;
  /** Errors, and how often each happened. */
  wrong: Record<string, number>;
}

/** The servers of test/support/history/project.ts: those on stdio, and those with a URL. */
export const STDIO_SERVERS: readonly string[] = ['serena', 'jira_cloud', 'vault', 'postgres'];
export const HTTP_SERVERS: readonly string[] = ['metrics', 'browser'];
