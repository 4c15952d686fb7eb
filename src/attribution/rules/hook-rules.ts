import { ALL, HARNESS, HARNESS_AND_SYSTEM, HARNESS_AND_TAIL } from './rule-places.js';
import type { TextRule } from './rules.js';

/** Rows for what hooks and MCP servers say. */
export const HOOK_RULES: readonly TextRule[] = [
  {
    id: 'hook',
    marker:
      /([A-Z][A-Za-z]{2,40})(?::([^\n]*?))? hook (?:success|additional context|blocking error|error|stopped continuation|feedback)\b/y,
    places: HARNESS_AND_TAIL,
    // Behind a tool_result only what hooks of that tool say is believed, and of a message that came with it.
    source: ([, event = '', tool = ''], context, place) => {
      const isOfCall = /ToolUse/.test(event) && context.wasCalled(tool);
      const isOfMessage = event === 'UserPromptSubmit' && context.messageArrived;
      return place !== 'tail' || isOfCall || isOfMessage ? `hook:${event}` : null;
    },
    part: 'text',
    detail: ([, , matcher]) => matcher ?? null,
    extent: { reach: 'document', because: 'a hook prints what it likes; nothing marks its end in bare text' },
    seen: ALL,
  },
  {
    id: 'hook-output',
    // 2.1.332 puts these words before what a Stop hook wants.
    marker: /The text below is the output of a hook [^\n]*\n/y,
    places: HARNESS,
    source: ({ input, index }, { inAgent }) => {
      const [, event = null] =
        /\n([A-Z][A-Za-z]{2,40}) hook feedback:\n/.exec(input.slice(index, index + FAR_AHEAD)) ?? [];
      return event === null ? null : `hook:${event === 'Stop' && inAgent ? 'SubagentStop' : event}`;
    },
    part: 'text',
    extent: { reach: 'open', because: 'a hook prints what it likes, and nothing marks its end' },
    seen: '2.1.332',
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
    marker: /PreToolUse:([^\n]*?) hook (?:blocking error|error)\b/y,
    places: ['failure'],
    source: ([, tool = ''], context) => (context.wasCalled(tool) ? 'hook:PreToolUse' : null),
    part: 'result',
    detail: ([, tool]) => tool ?? null,
    seen: ALL,
  },
  {
    id: 'older-refusal',
    marker: /([\w-]+) operation blocked by hook:/y,
    places: ['failure'],
    source: ([, tool = ''], context) => (context.wasCalled(tool) ? 'hook:PreToolUse' : null),
    part: 'result',
    detail: ([, tool]) => tool ?? null,
    seen: '2.0.0',
  },
  {
    id: 'hook-feedback',
    marker: /(Stop|TeammateIdle|TaskCreated|TaskCompleted) hook feedback:\n/y,
    places: ['prompt'],
    // What keeps a subagent from its end is a hook of another event, by the same words.
    source: ([, event = ''], { inAgent }) => `hook:${event === 'Stop' && inAgent ? 'SubagentStop' : event}`,
    part: 'text',
    seen: ALL,
  },

  // MCP servers.
  {
    id: 'mcp-instructions',
    // At the tail of a tool_result (a subagent's first) it is believed when it speaks of one of the session's servers.
    // In bare text a memory file may quote the heading, so there the line behind it counts, too.
    marker: /# MCP Server Instructions[ \t]*\n/y,
    // 2.1.150 has it there even where other reminders have blocks of their own.
    places: [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'],
    source: ({ input, index }, context, place) => {
      const head = input.slice(index, index + FAR_AHEAD);
      if (place === 'message' && !head.includes('\nThe following MCP servers have ')) return null;
      if (place === 'file-tail' && !context.inAgent) return null;
      const [, heading = ''] = /\n## ([^\n]*)/.exec(head) ?? [];
      const atTail = place === 'tail' || place === 'file-tail';
      return !atTail || context.knownServer(heading) !== null ? 'framework:reminder' : null;
    },
    part: 'instructions',
    extent: 'listing',
    seen: ALL,
  },
  {
    id: 'mcp-introduction',
    marker: /The following MCP servers have provided /y,
    places: [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'],
    within: ['mcp-instructions'],
    onlyWithin: true,
    source: () => 'framework:reminder',
    part: 'instructions',
    extent: 'listing',
    seen: ALL,
  },
  {
    id: 'mcp-server',
    marker: /## ([^\n]+)(?:\n|$)/y,
    places: [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'],
    within: ['mcp-instructions', 'mcp-introduction', 'mcp-server'],
    onlyWithin: true,
    resumes: true,
    source: ([, heading = ''], context) => {
      const server = context.knownServer(heading);
      return server === null ? null : `mcp:${server}`;
    },
    part: 'instructions',
    extent: {
      reach: 'document',
      because: 'a server writes what it likes; only the next server’s heading marks its end',
    },
    seen: ALL,
  },
];

/** How far behind a marker its own form is looked for. */
const FAR_AHEAD = 600;
