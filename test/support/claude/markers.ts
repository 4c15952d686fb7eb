/**
 * One invented word per context source. A word stands in what its source gives and nowhere else, so the segment that
 * holds it must carry that source. None is part of another. (A tool's call and result share a source; so do a skill's listing and body.)
 */
export const MARKERS = {
  prompt: 'zorblax-typed-words',
  userMemory: 'zorblax-user-memory',
  projectMemory: 'zorblax-project-memory',
  importedMemory: 'zorblax-imported-memory',
  atlasInstructions: 'zorblax-atlas-instructions',
  atlasDefinition: 'zorblax-atlas-definition',
  atlasResult: 'zorblax-atlas-result',
  ledgerInstructions: 'zorblax-ledger-instructions',
  ledgerDefinition: 'zorblax-ledger-definition',
  ledgerFailure: 'zorblax-ledger-failure',
  skillListing: 'zorblax-skill-listing',
  skillBody: 'zorblax-skill-body',
  agentListing: 'zorblax-agent-listing',
  agentSystem: 'zorblax-agent-system',
  agentTask: 'zorblax-agent-task',
  agentAnswer: 'zorblax-agent-answer',
  commandBody: 'zorblax-command-body',
  commandArgument: 'zorblax-command-argument',
  sessionStartHook: 'zorblax-session-start-hook',
  promptHook: 'zorblax-prompt-hook',
  preToolHook: 'zorblax-pre-tool-hook',
  postToolHook: 'zorblax-post-tool-hook',
  readFile: 'zorblax-read-file',
  bashOutput: 'zorblax-bash-output',
  thinking: 'zorblax-thinking',
  reply: 'zorblax-reply',
} as const;
export type Marker = keyof typeof MARKERS;
