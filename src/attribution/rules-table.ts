import type { Place, TextRule } from './rules.js';

const HARNESS: readonly Place[] = ['reminder', 'message'];
const HARNESS_AND_SYSTEM: readonly Place[] = ['system', 'reminder', 'message'];
const HARNESS_AND_TAIL: readonly Place[] = ['reminder', 'message', 'tail'];
const CONTEXT = ['memory-frame', 'memory-file', 'context-heading'];
const ALL = '2.0.30 - 2.1.329';
const NEW = '2.1.197, 2.1.329';

/** The one place to extend when Claude Code changes. The first row that fits a line wins. */
export const TEXT_RULES: readonly TextRule[] = [
  {
    id: 'billing-header',
    marker: /x-anthropic-billing-header:/y,
    places: ['system'],
    source: () => 'framework:billing-header',
    part: 'text',
    seen: NEW,
  },

  // Memory files, and the date and git status that come with them.
  {
    id: 'memory-frame',
    marker:
      /As you answer the user's questions, you can use the following context:|Codebase and user instructions are /y,
    places: HARNESS,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: ALL,
  },
  {
    id: 'memory-file',
    // A nested file has no description. In a tool_result it is believed only near a file that a tool worked on.
    marker: /Contents of (\S[^\n]*?)(?: \([^()\n]+\))?:[ \t]*(?:\n|$)/y,
    places: HARNESS_AND_TAIL,
    within: CONTEXT,
    source: ([, path = ''], context, place) =>
      place !== 'tail' || context.worksUnder(path.replace(/[^\\/]*$/, '')) ? `memory:${path}` : null,
    part: 'body',
    seen: ALL,
  },
  {
    id: 'context-heading',
    marker: /# (?:currentDate\nToday's date|gitStatus\nThis is the git status|userEmail\nThe user's email)/y,
    places: HARNESS,
    within: CONTEXT,
    source: () => 'framework:environment',
    part: 'text',
    seen: ALL,
  },
  {
    id: 'context-end',
    marker: / +IMPORTANT: this context may or may not be relevant/y,
    places: HARNESS,
    within: CONTEXT,
    onlyWithin: true,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: ALL,
  },
  {
    id: 'environment',
    marker:
      /# Environment\n|<env>|Here is useful information about the environment|You are powered by the model |gitStatus: |Today's date is |The date has changed/y,
    places: HARNESS_AND_SYSTEM,
    source: () => 'framework:environment',
    part: 'text',
    seen: ALL,
  },

  // Hooks.
  {
    id: 'hook',
    marker:
      /((?:Pre|Post)ToolUse(?:Failure)?|UserPromptSubmit|Session(?:Start|End)|Subagent(?:Start|Stop)|Stop|PreCompact|Notification|PermissionRequest|Setup)(?::([^\n]*?))? hook (?:success|additional context|blocking error|error|stopped continuation|feedback)\b/y,
    places: HARNESS_AND_TAIL,
    source: ([, event]) => `hook:${event}`,
    part: 'text',
    detail: ([, , matcher]) => matcher ?? null,
    seen: ALL,
  },

  // MCP servers.
  {
    id: 'mcp-instructions',
    // At the tail of a tool_result (a subagent's first) it is believed when it speaks of one of the session's servers.
    marker: /# MCP Server Instructions[ \t]*\n[^#]*(?:## ([^\n]+))?/y,
    places: [...HARNESS_AND_SYSTEM, 'tail'],
    source: ([, heading = ''], context, place) =>
      place !== 'tail' || context.knownServer(heading) !== null ? 'framework:reminder' : null,
    part: 'instructions',
    seen: ALL,
  },
  {
    id: 'mcp-server',
    marker: /## ([^\n]+?)[ \t]*(?:\n|$)/y,
    places: [...HARNESS_AND_SYSTEM, 'tail'],
    within: ['mcp-instructions', 'mcp-server'],
    onlyWithin: true,
    source: ([, heading = ''], context) => {
      const server = context.knownServer(heading);
      return server === null ? null : `mcp:${server}`;
    },
    part: 'instructions',
    seen: ALL,
  },
  {
    id: 'prompt-heading',
    marker: /# \S/y,
    places: ['system'],
    within: ['mcp-instructions', 'mcp-server'],
    onlyWithin: true,
    part: 'prompt',
    seen: '2.0.30',
  },

  // Listings. Their frames first: an entry counts only under its frame.
  {
    id: 'tool-listing',
    marker: /The following deferred tools are |<available-deferred-tools>/y,
    places: HARNESS_AND_SYSTEM,
    source: () => 'framework:tool-listing',
    part: 'listing',
    seen: NEW,
  },
  {
    id: 'tool-entry',
    marker: /(?:- )?(mcp__[\w-]+|[A-Z][A-Za-z]+)[ \t]*(?:\n|$)/y,
    places: HARNESS_AND_SYSTEM,
    within: ['tool-listing', 'tool-entry'],
    onlyWithin: true,
    source: ([, name = ''], context) => context.toolSource(name),
    part: 'listing',
    entry: true,
    seen: NEW,
  },
  {
    id: 'skill-listing',
    marker: /[^\n]*\bskills are (?:now )?available\b/y,
    places: HARNESS,
    source: () => 'framework:skill-listing',
    part: 'listing',
    seen: NEW,
  },
  {
    id: 'skill-entry',
    marker: /- ([^\s:`](?:[^\s:`]|:(?! ))*)(?:: |\n|$)/y,
    places: HARNESS,
    within: ['skill-listing', 'skill-entry'],
    onlyWithin: true,
    source: ([, name]) => `skill:${name}`,
    part: 'listing',
    entry: true,
    seen: NEW,
  },
  {
    id: 'agent-listing',
    marker: /Available agent types|[^\n]*\bagent types are (?:now )?available\b|New agent types/y,
    places: HARNESS,
    source: () => 'framework:agent-listing',
    part: 'listing',
    seen: NEW,
  },
  {
    id: 'agent-entry',
    // A name has no spaces: the usage notes of the Agent tool are a list, too, with colons in it.
    marker: /- ([^\s:`](?:[^\s:`]|:(?! ))*): /y,
    places: [...HARNESS, 'definition'],
    within: ['agent-listing', 'agent-definition', 'agent-entry'],
    onlyWithin: true,
    source: ([, name]) => `agent:${name}`,
    part: 'listing',
    entry: true,
    seen: ALL,
  },
  {
    id: 'agent-definition',
    marker: /Available agent types/y,
    places: ['definition'],
    part: 'definition',
    seen: '2.0.30',
  },
  { id: 'skill-definition', marker: /<available_skills>/y, places: ['definition'], part: 'definition', seen: '2.0.30' },
  {
    id: 'skill-element',
    marker: /<skill>\s*<name>\s*([^<]*?)\s*<\/name>/y,
    places: ['definition'],
    within: ['skill-definition', 'skill-element'],
    onlyWithin: true,
    source: ([, name]) => `skill:${name}`,
    part: 'listing',
    seen: '2.0.30',
  },
  {
    id: 'command-definition',
    marker: /Available Commands:/y,
    places: ['definition'],
    part: 'definition',
    seen: '2.0.30',
  },
  {
    id: 'command-entry',
    marker: /- \/([^\s:]+)[^\n]*/y,
    places: ['definition'],
    within: ['command-definition', 'command-entry'],
    onlyWithin: true,
    source: ([, name]) => `command:${name}`,
    part: 'listing',
    seen: '2.0.30',
  },
  {
    id: 'definition-end',
    marker: /<\/available_skills>|Notes:/y,
    places: ['definition'],
    within: ['skill-element', 'command-entry'],
    onlyWithin: true,
    part: 'definition',
    seen: '2.0.30',
  },

  // Agents and attached files.
  {
    id: 'task-notification',
    marker: /<task-notification>(?:(?!<\/task-notification>)[\s\S])*?<tool-use-id>([^<]*)<\/tool-use-id>/y,
    places: ['reminder', 'message', 'prompt'],
    source: ([, id = ''], context) => context.callSource(id),
    part: 'result',
    seen: '2.1.329',
  },
  {
    id: 'attached-file',
    marker: /(?:Called the \w+ tool with the following input: (\{[^\n]*)|Result of calling the \w+ tool:)/y,
    places: HARNESS,
    source: () => 'user',
    part: 'document',
    detail: ([, input = '']) => /"file_path":"((?:[^"\\]|\\.)*)"/.exec(input)?.[1] ?? null,
    seen: ALL,
  },

  // Nudges, and what else the harness says by itself.
  {
    id: 'nudge',
    marker:
      /<total_tokens>|Whenever you read a file, you should consider|Warning: the file exists but|The (?:TodoWrite|Task\w*|task) tools? (?:hasn't|haven't)|This is a reminder that your todo list|Your todo list has changed/y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: ALL,
  },
  {
    id: 'harness-line',
    marker: /(?:Tool loaded\.|\[Request interrupted by user(?: for tool use)?\])\s*$/y,
    places: ['prompt'],
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: ALL,
  },
  {
    id: 'local-command-caveat',
    marker:
      /<local-command-caveat>|Caveat: The messages below were generated by the user while running local commands/y,
    places: ['prompt'],
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: ALL,
  },
  {
    id: 'compaction-summary',
    marker: /This session is being continued from a previous conversation that ran out of context/y,
    places: ['prompt'],
    source: () => 'framework:compaction',
    part: 'body',
    seen: ALL,
  },
  {
    id: 'compaction-request',
    marker:
      /Your task is to create a detailed summary of the (?:conversation|RECENT)|CRITICAL: Respond with TEXT ONLY/y,
    places: ['prompt'],
    source: () => 'framework:compaction',
    part: 'prompt',
    seen: ALL,
  },
];
