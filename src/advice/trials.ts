import type { Target } from './targets.js';
import { covers, type TriedVersion } from './versions.js';

/** A key of settings.json, a command, or a variable that leaves something out of requests. */
export type Method =
  | 'permissions.deny'
  | 'claude mcp remove'
  | 'claude plugin disable'
  | '/mcp'
  | 'disabledMcpjsonServers'
  | 'deniedMcpServers'
  | 'skillOverrides'
  | 'claudeMdExcludes'
  | 'autoMemoryEnabled'
  | 'disableAllHooks'
  | 'MAX_MCP_OUTPUT_TOKENS'
  | 'ENABLE_TOOL_SEARCH';

/** One method, tried with one kind of target. A version in neither list has no such target, or was not tried. */
export interface Trial {
  method: Method;
  target: Target;
  /** Versions whose next request was without the target, or had a truncated result. */
  works: readonly TriedVersion[];
  /** Versions whose next request still had the target. */
  fails: readonly TriedVersion[];
}

const ALL: readonly TriedVersion[] = ['2.0.30', '2.1.197', '2.1.329', '2.1.332'];
const OLD: readonly TriedVersion[] = ['2.0.30'];
const NEW: readonly TriedVersion[] = ['2.1.197', '2.1.329', '2.1.332'];
const NONE: readonly TriedVersion[] = [];

type Row = readonly [method: Method, target: Target, works: readonly TriedVersion[], fails: readonly TriedVersion[]];

/**
 * Trials with the real Claude Code: each setting at the place that `suggest` names, its effect seen in the requests of the next
 * session. test/e2e/claude/settings.test.ts repeats every row. For single built-in tools see built-in-tools.ts.
 */
const ROWS: readonly Row[] = [
  ['permissions.deny', 'built-in tool', ALL, NONE],
  ['permissions.deny', 'deferred built-in tool', NEW, NONE],
  ['permissions.deny', 'MCP tool', NEW, OLD],
  ['permissions.deny', 'deferred MCP tool', NEW, NONE],
  ['permissions.deny', 'agent file', NEW, OLD],
  ['permissions.deny', 'built-in agent', NEW, OLD],
  ['permissions.deny', 'agent of a plugin', NEW, OLD],
  ['claude mcp remove', 'server added with claude mcp add', ALL, NONE],
  ['claude mcp remove', 'server of .mcp.json', ALL, NONE],
  ['disabledMcpjsonServers', 'server of .mcp.json', ALL, NONE],
  ['disabledMcpjsonServers', 'server added with claude mcp add', NONE, ALL],
  ['disabledMcpjsonServers', 'server of a plugin', NONE, ALL],
  ['deniedMcpServers', 'server added with claude mcp add', ALL, NONE],
  ['deniedMcpServers', 'server of .mcp.json', ALL, NONE],
  // For 2.0.30 the colons are an error, and it ignores the whole settings file.
  ['deniedMcpServers', 'server of a plugin', NEW, OLD],
  ['/mcp', 'server added with claude mcp add', ALL, NONE],
  ['/mcp', 'server of .mcp.json', ALL, NONE],
  ['/mcp', 'server of a plugin', ALL, NONE],
  ['claude plugin disable', 'plugin', ALL, NONE],
  ['skillOverrides', 'skill file', NEW, OLD],
  ['skillOverrides', 'command file', NEW, OLD],
  ['skillOverrides', 'command file in a folder', NEW, OLD],
  ['skillOverrides', 'bundled skill', NEW, NONE],
  ['skillOverrides', 'skill of a plugin', NONE, ALL],
  ['claudeMdExcludes', 'memory file', NEW, OLD],
  ['claudeMdExcludes', 'nested memory file', NEW, NONE],
  ['claudeMdExcludes', 'rule file', NEW, NONE],
  ['claudeMdExcludes', 'imported file', NEW, OLD],
  ['claudeMdExcludes', 'auto memory', NONE, NEW],
  ['autoMemoryEnabled', 'auto memory', NEW, NONE],
  ['disableAllHooks', 'hook', ALL, NONE],
  ['disableAllHooks', 'hook of a plugin', NEW, NONE],
  ['MAX_MCP_OUTPUT_TOKENS', 'MCP result', ALL, NONE],
  ['ENABLE_TOOL_SEARCH', 'MCP tool', NEW, OLD],
];

export const TRIALS: readonly Trial[] = ROWS.map(([method, target, works, fails]) => ({
  method,
  target,
  works,
  fails,
}));

/**
 * The versions in which a method works for all of these targets.
 * @returns null where it was not tried with this version, nor with those around it
 */
export function triedWith(
  method: Method,
  targets: readonly Target[],
  version: string | null,
): readonly TriedVersion[] | null {
  const works = targets
    .map((target) => TRIALS.find((trial) => trial.method === method && trial.target === target)?.works ?? [])
    .reduce((all, each) => all.filter((tried) => each.includes(tried)));
  return covers(works, version) ? works : null;
}
