import type { Source } from '../../../src/model/source.js';

/** The oldest and the newest: a JS program and a native binary. */
const EDGE_VERSIONS = ['2.0.30', '2.1.332'] as const;

/** Between them; both once the newest. */
const OTHER_VERSIONS = ['2.1.197', '2.1.329'] as const;

export type ClaudeVersion = (typeof EDGE_VERSIONS | typeof OTHER_VERSIONS)[number];

/** Each session costs seconds: versions between the oldest and the newest are driven where it is asked for. */
export const ALL_VERSIONS = process.env.CLAUDE_TRACE_ALL_VERSIONS === '1';

/** What most tests drive. */
export const CLAUDE_VERSIONS: readonly ClaudeVersion[] = ALL_VERSIONS
  ? [...EDGE_VERSIONS, ...OTHER_VERSIONS]
  : EDGE_VERSIONS;

/** Rows whose first column is a version that is driven. */
export function driven<Row extends readonly [ClaudeVersion, ...unknown[]]>(rows: readonly Row[]): Row[] {
  return rows.filter(([version]) => CLAUDE_VERSIONS.includes(version));
}

/** What a script must know of a version to call its tools. */
export interface ToolNames {
  /** Tool that starts a subagent. */
  agent: 'Task' | 'Agent';
  /** Input field that names the skill. */
  skillField: 'command' | 'skill';
  /** MCP tools are deferred: on the wire only once ToolSearch has loaded them. */
  deferred: boolean;
  /** Source of a typed slash command: where the skills' listing names it, it is a skill. */
  command: (name: string) => Source;
}

export function toolNames(version: string): ToolNames {
  return version === '2.0.30'
    ? { agent: 'Task', skillField: 'command', deferred: false, command: (name) => `command:${name}` }
    : { agent: 'Agent', skillField: 'skill', deferred: true, command: (name) => `skill:${name}` };
}
