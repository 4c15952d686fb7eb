import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import { mcpSource, serverInRequests } from '../../model/mcp-names.js';
import type { Source } from '../../model/source.js';
import { type Label, label } from './piece.js';

const MCP_PREFIX = 'mcp__';
/** The agent that Claude Code starts when the call names no type. */
const DEFAULT_AGENT = 'general-purpose';

/** The source a tool name belongs to. */
export function toolSource(name: string, knownServers: ReadonlySet<string>): Source {
  const server = serverOf(name, knownServers);
  return server === null ? `tool:${name}` : mcpSource(server);
}

/**
 * The server in `mcp__<server>__<tool>`; null for other tools. Both names may hold `__`, so the longest known server
 * wins; without one the name is split at the first `__` that leaves something on both sides.
 */
function serverOf(name: string, knownServers: ReadonlySet<string>): string | null {
  if (!name.startsWith(MCP_PREFIX)) return null;
  const rest = serverInRequests(name.slice(MCP_PREFIX.length));
  for (let at = rest.lastIndexOf('__'); at > 0; at = rest.lastIndexOf('__', at - 1)) {
    const server = rest.slice(0, at);
    if (knownServers.has(server)) return server;
  }
  const at = rest.indexOf('__', 1);
  return at === -1 || at + 2 === rest.length ? null : rest.slice(0, at);
}

/**
 * The source of a tool call and its results: the skill of a Skill call, the agent of an Agent (older: Task) call, else the
 * tool. `detail` is the file of a Read, Edit or Write.
 */
export function callLabel(name: string, input: unknown, knownServers: ReadonlySet<string>): Label {
  const fields = isRecord(input) ? input : {};
  const skill = name === 'Skill' ? stringOr(fields.skill, stringOr(fields.command, null)) : null;
  if (skill !== null) return label(`skill:${commandName(skill)}`, 'call');
  if (isAgentTool(name)) return label(`agent:${agentName(fields)}`, 'call');
  const command = name === 'SlashCommand' ? stringOr(fields.command, null) : null;
  if (command !== null) return label(`command:${commandName(command)}`, 'call');
  const server = /McpResource/.test(name) ? stringOr(fields.server, null) : null;
  if (server !== null) return label(mcpSource(server), 'call', stringOr(fields.uri, null));
  const file = stringOr(fields.file_path, stringOr(fields.notebook_path, null));
  return label(toolSource(name, knownServers), 'call', file);
}

export function isAgentTool(name: unknown): boolean {
  return name === 'Agent' || name === 'Task';
}

export function agentName(input: JsonRecord): string {
  return stringOr(input.subagent_type, DEFAULT_AGENT);
}

/** `/greet someone` is the command `greet`. */
function commandName(line: string): string {
  return line.trim().replace(/^\//, '').split(/\s/, 1)[0] ?? '';
}
