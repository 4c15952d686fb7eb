/** What a request of Claude Code was for: the main conversation, a subagent's, or a side call. */
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
  'side',
] as const;
export type Purpose = (typeof PURPOSES)[number];
