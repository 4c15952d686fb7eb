import { FAILED_MCP_STATES, type McpCallState, type McpForm } from '../model/mcp.js';
import type { McpCallFigures } from '../model/mcp-figures.js';
import type { McpCallRow } from '../model/mcp-rows.js';
import type { Tone } from './style.js';
import { counted, formatTokens, markEstimate } from './units.js';

/** A state or a form as people read it: `tool error` for `tool_error`. */
export function mcpWord(code: McpCallState | McpForm): string {
  return code.replaceAll('_', ' ');
}

/** How a call ended: `tool error`, `ok, altered`. */
export function callState({ state, altered }: Pick<McpCallRow, 'state' | 'altered'>): string {
  return altered ? `${mcpWord(state)}, altered` : mcpWord(state);
}

/** Says how many calls rules or replays altered. */
export function alteredNote({ alteredCalls }: McpCallFigures): string {
  return `${counted(alteredCalls, 'altered call')} left out`;
}

export function isFailedCall(state: McpCallState): boolean {
  return FAILED_MCP_STATES.some((failed) => failed === state);
}

export function callTone(state: McpCallState): Tone {
  if (isFailedCall(state)) return 'bad';
  if (state === 'open') return 'accent';
  return state === 'cancelled' ? 'warn' : 'good';
}

const FORMS: Readonly<Record<McpForm, string>> = {
  whole: 'The model got all of it.',
  cut: 'The model got a part of it.',
  persisted: 'Claude Code wrote it to a file. The model got the path, and at most a preview.',
  structured_only: 'The model got only the structured content. The other blocks were dropped.',
  rewritten: 'The model got other text than the server sent.',
};

export function describeForm(form: McpForm): string {
  return FORMS[form];
}

/** Tokens that the server sent (an estimate), and what the model got of them: `~12.3k → 2.0k`. */
function formatSaidAndGot(said: number | null, got: number | null): string {
  if (said === null && got === null) return '';
  return `${markEstimate(formatTokens(said), true)} → ${formatTokens(got)}`;
}

/** What the server sent and the model got of one call. */
export function saidAndGotOf({ tokensSaid, delivery }: McpCallRow): string {
  return formatSaidAndGot(tokensSaid, delivery?.tokensGot ?? null);
}

/** What servers sent and the model got of several calls. The latter is unknown where no request carried a result. */
export function sumSaidAndGot({ calls, openCalls, tokensSaid, deliveredCalls, tokensGot }: McpCallFigures): string {
  if (calls === openCalls) return '';
  return formatSaidAndGot(tokensSaid, deliveredCalls === 0 ? null : tokensGot);
}

/** Ended calls whose result no stored request carried. */
export function undeliveredCalls({ calls, openCalls, deliveredCalls }: McpCallFigures): number {
  return Math.max(0, calls - openCalls - deliveredCalls);
}

/** The tool, or what else was asked for: `search`, `resource file:///notes`, `prompt review`. */
export function callName({ method, name }: { method: string; name: string }): string {
  if (method === 'resources/read') return `resource ${name}`;
  return method === 'prompts/get' ? `prompt ${name}` : name;
}

/** How recording is turned on, for a place where nothing was recorded. */
export const HOW_TO_RECORD_MCP = [
  'HTTP servers of Claude Code are recorded without a setting.',
  'stdio servers are recorded with claude-trace wrap --mcp, or always with claude-trace config set mcp.stdio true.',
] as const;
