/** What the played Claude Code of a day gets in the variable DAY_TASK. Times are unix ms. */
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

/** What it writes into `resultFile`: when it begins, and at its end. */
export interface DayResult {
  requests: number;
  /** Of these, on a new connection, as the server had closed the one that waited. */
  resent: number;
  /** Of tools of MCP servers. */
  calls: number;
  sessions: number;
  /** Of the server that lives all day. */
  shimPid: number;
  /** What went wrong, and how often. */
  wrong: Record<string, number>;
}

/** The servers of test/support/history/project.ts: those on stdio, and those with a URL. */
export const STDIO_SERVERS: readonly string[] = ['serena', 'jira_cloud', 'vault', 'postgres'];
export const HTTP_SERVERS: readonly string[] = ['metrics', 'browser'];
