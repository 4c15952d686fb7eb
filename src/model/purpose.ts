/**
 * What a request of Claude Code was for: the main conversation, a subagent's, or a side call.
 * title: naming the session; topic: whether a message opens a new topic; classifier: whether a tool call may run; probe: one
 * token, to see the account's limits or whether a key or model is valid; suggestion: what the user might type next; summary:
 * of a page, a command's output, or for a user who was away; hook: a hook that asks the model; search: the WebSearch
 * tool's own call; side: another side call.
 */
export const PURPOSES = [
  'main',
  'subagent',
  'title',
  'topic',
  'classifier',
  'probe',
  'suggestion',
  'compaction',
  'summary',
  'hook',
  'search',
  'side',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Purposes that are not side calls: each of these requests continues its conversation. */
export const CONVERSATIONS: readonly Purpose[] = ['main', 'subagent'];

export function isSideCall(purpose: Purpose): boolean {
  return !CONVERSATIONS.includes(purpose);
}

/** Whether a request is of the main conversation. While its purpose is unknown, a request without an agent counts as such. */
export function isMain({ purpose, agentId }: { purpose: Purpose | null; agentId: string | null }): boolean {
  return purpose === null ? agentId === null : purpose === 'main';
}
