/** The versions of the real CLI that most tests drive: one JS program, two native binaries. */
export const CLAUDE_VERSIONS = ['2.0.30', '2.1.197', '2.1.332'] as const;

/** Once the newest; attribution stays right for it. */
const EARLIER_VERSIONS = ['2.1.329'] as const;

/** The oldest and the newest: for what depends on us more than on the version. */
export const EDGE_VERSIONS = ['2.0.30', '2.1.332'] as const;

export type ClaudeVersion = (typeof CLAUDE_VERSIONS | typeof EARLIER_VERSIONS)[number];

/** What a script must know of a version to call its tools. */
export interface ToolNames {
  /** Tool that starts a subagent. */
  agent: 'Task' | 'Agent';
  /** Input field that names the skill. */
  skillField: 'command' | 'skill';
  /** MCP tools are deferred: on the wire only once ToolSearch has loaded them. */
  deferred: boolean;
}

export function toolNames(version: string): ToolNames {
  return version === '2.0.30'
    ? { agent: 'Task', skillField: 'command', deferred: false }
    : { agent: 'Agent', skillField: 'skill', deferred: true };
}
