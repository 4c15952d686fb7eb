import type { Source } from '../../model/source.js';
import { ALL, HARNESS, HARNESS_AND_SYSTEM, HARNESS_AND_TAIL, type RuleOptions, rule, type TextRule } from './rule.js';

/** A hook has refused the call of a tool. */
const REFUSAL: RuleOptions = {
  source: ([, tool = ''], context) => (context.wasCalled(tool) ? 'hook:PreToolUse' : null),
  part: 'result',
  detail: ([, tool]) => tool ?? null,
};

/** Output of hooks, and instructions of MCP servers. */
export const HOOK_RULES: readonly TextRule[] = [
  // A hook may print any text; nothing marks its end outside tags.
  rule(
    'hook',
    /([A-Z][A-Za-z]{2,40})(?::([^\n]*?))? hook (?:success|additional context|blocking error|error|stopped continuation|feedback)\b/y,
    HARNESS_AND_TAIL,
    ALL,
    {
      // Behind a tool_result only hooks of that tool count, and hooks of a message that came with it.
      source: ([, event = '', tool = ''], context, place) => {
        const isOfCall = /ToolUse/.test(event) && context.wasCalled(tool);
        const isOfMessage = event === 'UserPromptSubmit' && context.messageArrived;
        return place !== 'tail' || isOfCall || isOfMessage ? `hook:${event}` : null;
      },
      part: 'text',
      detail: ([, , matcher]) => matcher ?? null,
      reach: 'document',
    },
  ),
  // 2.1.332 introduces the output of a Stop hook with these words.
  // A hook may print any text, and nothing marks its end.
  rule('hook-output', /The text below is the output of a hook [^\n]*\n/y, HARNESS, '2.1.332', {
    source: ({ input, index }, { inAgent }) => {
      const [, event = null] =
        /\n([A-Z][A-Za-z]{2,40}) hook feedback:\n/.exec(input.slice(index, index + FAR_AHEAD)) ?? [];
      return event === null ? null : stopHook(event, inAgent);
    },
    part: 'text',
    reach: 'open',
  }),
  // A block of its own; in 2.0.0 the output of a tool's hook may also follow a result of the same turn.
  rule(
    'hook-element',
    /(?:(toolu_\w+) \(\w+\) )?<(session-start|user-prompt-submit|pre-tool-use|post-tool-use)-hook>/y,
    ['prompt', 'tail', 'file-tail'],
    '1.0.100, 2.0.0',
    {
      source: ({ input, 1: call, 2: event = '' }, context, place) => {
        const believed =
          place === 'prompt' ? input.trimEnd().endsWith(`</${event}-hook>`) : context.callSource(call ?? '') !== null;
        return believed ? `hook:${event.replace(/(?:^|-)[a-z]/g, (start) => start.slice(-1).toUpperCase())}` : null;
      },
      part: 'text',
    },
  ),
  rule('hook-refusal', /PreToolUse:([^\n]*?) hook (?:blocking error|error)\b/y, ['failure'], ALL, REFUSAL),
  rule('older-refusal', /([\w-]+) operation blocked by hook:/y, ['failure'], '2.0.0', REFUSAL),
  rule('hook-feedback', /(Stop|TeammateIdle|TaskCreated|TaskCompleted) hook feedback:\n/y, ['prompt'], ALL, {
    // SubagentStop hooks send the same words as Stop hooks.
    source: ([, event = ''], { inAgent }) => stopHook(event, inAgent),
    part: 'text',
  }),

  // MCP servers.
  // At the tail of a tool_result (a subagent's first) it counts when it names one of the session's servers. 2.1.150 puts
  // it there even where other reminders have blocks of their own.
  // Outside tags a memory file may quote the heading, so the line behind it must match, too.
  rule('mcp-instructions', /# MCP Server Instructions[ \t]*\n/y, [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'], ALL, {
    source: ({ input, index }, context, place) => {
      const head = input.slice(index, index + FAR_AHEAD);
      if (place === 'message' && !head.includes('\nThe following MCP servers have ')) return null;
      if (place === 'file-tail' && !context.inAgent) return null;
      const [, heading = ''] = /\n## ([^\n]*)/.exec(head) ?? [];
      const atTail = place === 'tail' || place === 'file-tail';
      return !atTail || context.knownServer(heading) !== null ? 'framework:reminder' : null;
    },
    part: 'instructions',
    reach: 'listing',
  }),
  rule(
    'mcp-introduction',
    /The following MCP servers have provided /y,
    [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'],
    ALL,
    { onlyWithin: ['mcp-instructions'], source: 'framework:reminder', part: 'instructions', reach: 'listing' },
  ),
  // A server may write any text; only the next server's heading marks its end.
  rule('mcp-server', /## ([^\n]+)(?:\n|$)/y, [...HARNESS_AND_SYSTEM, 'tail', 'file-tail'], ALL, {
    onlyWithin: ['mcp-instructions', 'mcp-introduction', 'mcp-server'],
    resumes: true,
    source: ([, heading = ''], context) => {
      const server = context.knownServer(heading);
      return server === null ? null : `mcp:${server}`;
    },
    part: 'instructions',
    reach: 'document',
  }),
];

/** Characters behind a marker in which its confirming words are looked for. */
const FAR_AHEAD = 600;

function stopHook(event: string, inAgent: boolean): Source {
  return `hook:${event === 'Stop' && inAgent ? 'SubagentStop' : event}`;
}
