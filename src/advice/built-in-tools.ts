import { covers, type TriedVersion } from './versions.js';

/**
 * Tools that Claude Code itself builds on: without them a mode, a command or a tool beside them fails, whether they were called or
 * not. Never advised against.
 */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'the work itself': [
    'Read',
    'Edit',
    'MultiEdit',
    'Write',
    'Bash',
    'PowerShell',
    'Glob',
    'Grep',
    'LS',
    'Agent',
    'Task',
  ],
  'plan mode': ['EnterPlanMode', 'ExitPlanMode'],
  'questions to you': ['AskUserQuestion'],
  'background tasks': ['TaskOutput', 'TaskStop', 'BashOutput', 'KillShell', 'KillBash', 'AgentOutputTool', 'Monitor'],
  'the list of tasks': ['TodoWrite', 'TodoRead', 'TaskCreate', 'TaskGet', 'TaskList', 'TaskUpdate'],
  'skills and commands': ['Skill', 'SlashCommand'],
  'deferred tools': ['ToolSearch', 'DeferredToolPlaceholder', 'WaitForMcpServers'],
  'resources of MCP servers': ['ListMcpResourcesTool', 'ReadMcpResourceTool', 'ReadMcpResourceDirTool'],
  'agents that work together': ['SendMessage', 'ListAgents'],
  schedules: ['CronCreate', 'CronDelete', 'CronList'],
  worktrees: ['EnterWorktree', 'ExitWorktree'],
  'answers by a schema': ['StructuredOutput'],
};

const NEEDED_BY: ReadonlyMap<string, string> = new Map(
  Object.entries(NEEDED).flatMap(([what, names]) => names.map((name) => [name, what] as const)),
);

/** Agents that Claude Code starts or asks for by itself: the default, those of plan mode, and that of /statusline. */
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

/** A built-in tool that can be left out, tried by its name. */
interface DispensableTool {
  /** What stops working. */
  stops: string;
  /** Versions in which `permissions.deny` with only this name took its definition, and nothing else, out of the next request. */
  denied: readonly TriedVersion[];
  /** Sources that need it: it stays where one of them was used. */
  neededBy?: readonly string[];
}

const ALL: readonly TriedVersion[] = ['2.0.30', '2.1.197', '2.1.329', '2.1.332'];
const NEW: readonly TriedVersion[] = ['2.1.197', '2.1.329', '2.1.332'];

const DISPENSABLE: Readonly<Record<string, DispensableTool>> = {
  WebSearch: { stops: 'searching the web', denied: ALL, neededBy: ['skill:deep-research'] },
  WebFetch: { stops: 'reading web pages', denied: ALL, neededBy: ['skill:deep-research'] },
  NotebookEdit: { stops: 'editing Jupyter notebooks', denied: ALL },
  Workflow: {
    stops: 'workflows of many agents',
    denied: NEW,
    neededBy: ['skill:workflow-authoring', 'skill:deep-research'],
  },
  DesignSync: { stops: 'design projects of claude.ai', denied: NEW },
  ScheduleWakeup: { stops: '/loop at its own pace', denied: NEW, neededBy: ['skill:loop'] },
  ReportFindings: { stops: 'findings of /code-review as a list', denied: NEW, neededBy: ['skill:code-review'] },
};

export const DISPENSABLE_TOOLS: ReadonlyMap<string, DispensableTool> = new Map(Object.entries(DISPENSABLE));

/** What of Claude Code itself needs a tool; null: nothing that is known. */
export function neededBy(tool: string): string | null {
  return NEEDED_BY.get(tool) ?? null;
}

/** Versions with which this name was denied; null where that was not tried with this version, nor with those around it. */
export function deniedWith(tool: string, version: string | null): readonly TriedVersion[] | null {
  const denied = DISPENSABLE_TOOLS.get(tool)?.denied ?? [];
  return covers(denied, version) ? denied : null;
}
