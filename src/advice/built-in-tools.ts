import { covers, type TriedVersion } from './versions.js';

/**
 * Tools that Claude Code itself relies on: without them a mode, a command or another tool fails, whether they were called or
 * not. Denying them is never advised.
 */
const NEEDED_TOOLS: ReadonlySet<string> = new Set([
  // Plain work.
  ...['Read', 'Edit', 'MultiEdit', 'Write', 'Bash', 'PowerShell', 'Glob', 'Grep', 'LS', 'Agent', 'Task'],
  // Plan mode, and questions to the user.
  ...['EnterPlanMode', 'ExitPlanMode', 'AskUserQuestion'],
  // Background tasks.
  ...['TaskOutput', 'TaskStop', 'BashOutput', 'KillShell', 'KillBash', 'AgentOutputTool', 'Monitor'],
  // The list of tasks.
  ...['TodoWrite', 'TodoRead', 'TaskCreate', 'TaskGet', 'TaskList', 'TaskUpdate'],
  // Skills, commands, and deferred tools.
  ...['Skill', 'SlashCommand', 'ToolSearch', 'DeferredToolPlaceholder', 'WaitForMcpServers'],
  // Resources of MCP servers.
  ...['ListMcpResourcesTool', 'ReadMcpResourceTool', 'ReadMcpResourceDirTool'],
  // Cooperating agents, schedules, worktrees, and answers by a schema.
  ...['SendMessage', 'ListAgents', 'CronCreate', 'CronDelete', 'CronList'],
  ...['EnterWorktree', 'ExitWorktree', 'StructuredOutput'],
]);

export function isNeededTool(name: string): boolean {
  return NEEDED_TOOLS.has(name);
}

/** Agents that Claude Code starts by itself: the default, those of plan mode, and that of /statusline. */
const NEEDED_AGENTS: ReadonlySet<string> = new Set([
  'general-purpose',
  'claude',
  'Explore',
  'Plan',
  'statusline-setup',
]);

export function isNeededAgent(name: string): boolean {
  return NEEDED_AGENTS.has(name);
}

/** A built-in tool that can be denied, tried by its name. */
interface DispensableTool {
  /** Versions in which `permissions.deny` with this name removed its definition, and nothing else, from the next request. */
  denied: readonly TriedVersion[];
  /** Sources that need it: it is kept where one of them was used. */
  neededBy?: readonly string[];
}

const ALL: readonly TriedVersion[] = ['2.0.30', '2.1.197', '2.1.329', '2.1.332'];
const NEW: readonly TriedVersion[] = ['2.1.197', '2.1.329', '2.1.332'];

const DISPENSABLE = {
  WebSearch: { denied: ALL, neededBy: ['skill:deep-research'] },
  WebFetch: { denied: ALL, neededBy: ['skill:deep-research'] },
  NotebookEdit: { denied: ALL },
  Workflow: { denied: NEW, neededBy: ['skill:workflow-authoring', 'skill:deep-research'] },
  DesignSync: { denied: NEW },
  ScheduleWakeup: { denied: NEW, neededBy: ['skill:loop'] },
  ReportFindings: { denied: NEW, neededBy: ['skill:code-review'] },
} satisfies Record<string, DispensableTool>;

export type DispensableToolName = keyof typeof DISPENSABLE;

export const DISPENSABLE_TOOLS: ReadonlyMap<string, DispensableTool> = new Map(Object.entries(DISPENSABLE));

/** Versions in which a tool was denied; null where that was not tried with this version, nor with those around it. */
export function deniedWith(tool: string, version: string | null): readonly TriedVersion[] | null {
  const denied = DISPENSABLE_TOOLS.get(tool)?.denied ?? [];
  return covers(denied, version) ? denied : null;
}
