import { ALL, HARNESS, HARNESS_AND_ALL_TAILS, HARNESS_AND_TAIL, NEW, NEWEST } from './rule-places.js';
import type { TextRule } from './rules.js';

const LISTINGS = [
  'tool-listing',
  'tool-entry',
  'server-listing',
  'server-entry',
  'skill-listing',
  'skill-entry',
  'agent-listing',
  'agent-entry',
  'restored-skills',
];

/** Rows for what the harness says by itself: notifications, nudges, modes, compaction. */
export const HARNESS_RULES: readonly TextRule[] = [
  {
    id: 'task-notification',
    // At the tail of a result, which a tool could have printed, it opens with the words that 2.1.329 puts before it.
    marker: /(\[SYSTEM NOTIFICATION - NOT USER INPUT\]\n(?:[^\n]+\n){0,9}\n)?<task-notification>/y,
    places: ['reminder', 'message', 'prompt', 'tail'],
    source: ({ input, index, 1: introduction }, context, place) => {
      if (place === 'tail' && introduction === undefined) return null;
      const head = input.slice(index, index + NOTIFICATION_HEAD);
      const [, call = ''] = /<tool-use-id>([^<]*)<\/tool-use-id>/.exec(head) ?? [];
      // Events of a monitor name their task only.
      const [, task = ''] = /<task-id>([^<]*)<\/task-id>/.exec(head) ?? [];
      return context.callSource(call) ?? context.agentSource(task);
    },
    part: 'result',
    extent: { reach: 'until', phrase: '</task-notification>', included: true },
    seen: NEWEST,
  },
  {
    id: 'notification',
    marker: /\[(?:SYSTEM NOTIFICATION|MESSAGE FROM NON-USER SOURCE) - NOT USER INPUT\]|\[SCHEDULED TASK - AUTOMATED /y,
    places: HARNESS,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: 'listing',
    seen: NEWEST,
  },

  // Nudges, and what else the harness says by itself.
  {
    id: 'read-nudge',
    marker: /Whenever you read a file, you should consider whether it (?:looks malicious|would be considered malware)/y,
    places: HARNESS_AND_ALL_TAILS,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: '2.0.30',
  },
  {
    id: 'nudge',
    marker:
      /<total_tokens>|<tools-used-before-summary>|Warning: the file exists but|The (?:TodoWrite|Task\w*|task) tools? (?:hasn't|haven't) been used|This is a reminder that your todo list|Your todo list has changed|Token usage: |USD budget: |Output tokens |Output token limit hit|The user hasn't heard from you|Only you see that command's output|The command sandbox has been |Note from the [^\n]* plugin, not from the user:|Coordinator mode has ended;|Your final report is delivered through |Attribution for git commits /y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: ALL,
  },
  {
    id: 'todo-list',
    marker: /Here are the existing (?:contents of your todo list|tasks):/y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: 'listing',
    seen: ALL,
  },
  {
    id: 'short-mode',
    marker:
      /While [^\n]{1,60} mode is active:|(?:You can do much|Do your work) of your work through |Do your work through |Bias toward working|When the (?:user asked you to change|auto-mode classifier blocks)|## (?:Exited|Re-entering) |You (?:have exited|are returning to) [^\n]{1,60} mode|Plan mode still active|Ultracode is |The user included the keyword |[^\n]* output style is active|The (?:output style was reset|language preference was cleared)/y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: 'listing',
    seen: NEW,
  },
  {
    id: 'mode',
    marker: /Plan mode is active|## Auto Mode Active/y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: { reach: 'document', because: 'a mode’s text has headings and lists' },
    seen: NEW,
  },
  {
    id: 'closing-line',
    marker:
      /This is ambient context|Claude Code attached this context automatically;|This list is shortened to save room:|The text of these skills was cut short|This may or may not be related to |If the user's request might be served by |IMPORTANT: Do NOT re-execute these skills/y,
    places: HARNESS_AND_TAIL,
    within: LISTINGS,
    resumes: true,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: NEWEST,
  },
  {
    id: 'team',
    marker: /# Team Coordination\n|You are a teammate in this session's /y,
    places: HARNESS,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: { reach: 'document', because: 'it has headings and lists' },
    seen: NEWEST,
  },
  {
    id: 'mention',
    marker:
      /The user has expressed a desire to invoke the agent|The user's message (?:contains|starts with) |Task "[^\n]*" \(\S+\) was stopped|Background (?:shell|monitor|agent) /y,
    places: HARNESS,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: NEWEST,
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
    id: 'enforcer',
    marker:
      /\[(?:handback-send-enforce|structured-output-enforce|projects-reply-gate)\]|Output token limit hit|The previous response failed to produce a valid tool call|Your tool call was malformed|\[Your previous response had no visible output|The PermissionDenied hook indicated you may retry|The turn did not end:|Your response above was stopped by a safety classifier|\[Request interrupted: the session ended|\[This turn ended before it finished/y,
    places: ['prompt'],
    // People may quote it; they do not begin a conversation with it.
    source: (_, { answered }) => (answered ? 'framework:reminder' : null),
    part: 'reminder',
    seen: NEW,
  },
  {
    id: 'resumed-line',
    // People type it, too; but not first thing behind a compaction's summary.
    marker: /Continue from where you left off\.\s*$/y,
    places: ['prompt'],
    source: (_, { restoring }) => (restoring ? 'framework:reminder' : null),
    part: 'reminder',
    seen: '2.1.150, 2.1.250',
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
    places: ['opening'],
    source: () => 'framework:compaction',
    part: 'body',
    seen: ALL,
  },
  {
    id: 'compaction-request',
    marker:
      /Your task is to create a detailed summary of the (?:conversation|RECENT)|CRITICAL: Respond with TEXT ONLY/y,
    places: ['closing'],
    source: () => 'framework:compaction',
    part: 'prompt',
    seen: ALL,
  },
];

const NOTIFICATION_HEAD = 1_000;
