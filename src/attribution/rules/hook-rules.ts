import { ALL, HARNESS_AND_SYSTEM, HARNESS_AND_TAIL } from './rule-places.js';
import type { TextRule } from './rules.js';

/** Rows for what hooks and MCP servers say. */
export const HOOK_RULES: readonly TextRule[] = [
  {
    id: 'hook',
    marker:
      /((?:Pre|Post)ToolUse(?:Failure)?|UserPromptSubmit|Session(?:Start|End)|Subagent(?:Start|Stop)|Stop|PreCompact|Notification|PermissionRequest|Setup)(?::([^\n]*?))? hook (?:success|additional context|blocking error|error|stopped continuation|feedback)\b/y,
    places: HARNESS_AND_TAIL,
    // Behind a tool_result only what hooks of that tool say is believed.
    source: ([, event = '', tool = ''], context, place) =>
      place !== 'tail' || (/ToolUse/.test(event) && context.wasCalled(tool)) ? `hook:${event}` : null,
    part: 'text',
    detail: ([, , matcher]) => matcher ?? null,
    seen: ALL,
  },
  {
    id: 'hook-element',
    // A block of its own; in 2.0.0 what hooks of a tool said also stands behind a result of the same turn.
    marker: /(?:(toolu_\w+) \(\w+\) )?<(session-start|user-prompt-submit|pre-tool-use|post-tool-use)-hook>/y,
    places: ['prompt', 'tail', 'file-tail'],
    source: ({ input, 1: call, 2: event = '' }, context, place) => {
      const believed =
        place === 'prompt' ? input.trimEnd().endsWith(`</${event}-hook>`) : context.callSource(call ?? '') !== null;
      return believed ? `hook:${event.replace(/(?:^|-)[a-z]/g, (start) => start.slice(-1).toUpperCase())}` : null;
    },
    part: 'text',
    seen: '1.0.100, 2.0.0',
  },
  {
    id: 'hook-refusal',
    marker: /PreToolUse:([^\n]*?) hook (?:blocking error|error)\b|([\w-]+) operation blocked by hook:/y,
    places: ['failure'],
    source: ([, tool, older = ''], context) => (context.wasCalled(tool ?? older) ? 'hook:PreToolUse' : null),
    part: 'result',
    detail: ([, tool, older = null]) => tool ?? older,
    seen: ALL,
  },
  {
    id: 'hook-feedback',
    marker: /Stop hook feedback:\n/y,
    places: ['prompt'],
    // What keeps a subagent from its end is a hook of another event, by the same words.
    source: (_, { inAgent }) => (inAgent ? 'hook:SubagentStop' : 'hook:Stop'),
    part: 'text',
    seen: ALL,
  },

  // MCP servers.
  {
    id: 'mcp-instructions',
    // At the tail of a tool_result (a subagent's first) it is believed when it speaks of one of the session's servers.
    // In bare text a memory file may quote the heading, so there the line behind it counts, too.
    marker: /# MCP Server Instructions[ \t]*\n\n?(The following MCP servers have )?[^#]*(?:## ([^\n]+))?/y,
    // 2.1.150 has it there even where other reminders have blocks of their own.
    places: [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'],
    source: ([, introduced, heading = ''], context, place) => {
      if (place === 'message' && introduced === undefined) return null;
      if (place === 'file-tail' && !context.inAgent) return null;
      const atTail = place === 'tail' || place === 'file-tail';
      return !atTail || context.knownServer(heading) !== null ? 'framework:reminder' : null;
    },
    part: 'instructions',
    seen: ALL,
  },
  {
    id: 'mcp-server',
    marker: /## ([^\n]+?)[ \t]*(?:\n|$)/y,
    places: [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'],
    within: ['mcp-instructions', 'mcp-server'],
    onlyWithin: true,
    source: ([, heading = ''], context) => {
      const server = context.knownServer(heading);
      return server === null ? null : `mcp:${server}`;
    },
    part: 'instructions',
    seen: ALL,
  },
];
