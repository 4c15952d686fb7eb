import {
  ALL,
  HARNESS,
  HARNESS_AND_ALL_TAILS,
  HARNESS_AND_TAIL,
  NEW,
  NEWEST,
  REMINDER,
  rule,
  type TextRule,
  through,
} from './rule.js';

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

/** Messages of the harness itself: notifications, nudges, modes, compaction. */
export const HARNESS_RULES: readonly TextRule[] = [
  // A tool could print one at the tail of its result. There it counts only with the introduction of 2.1.329.
  rule(
    'task-notification',
    /(\[SYSTEM NOTIFICATION - NOT USER INPUT\]\n(?:[^\n]+\n){0,9}\n)?<task-notification>/y,
    ['reminder', 'message', 'prompt', 'tail'],
    NEWEST,
    {
      source: ({ input, index, 1: introduction }, context, place) => {
        if (place === 'tail' && introduction === undefined) return null;
        const head = input.slice(index, index + NOTIFICATION_HEAD);
        const [, call = ''] = /<tool-use-id>([^<]*)<\/tool-use-id>/.exec(head) ?? [];
        // Events of a monitor name only their task.
        const [, task = ''] = /<task-id>([^<]*)<\/task-id>/.exec(head) ?? [];
        return context.callSource(call) ?? context.agentSource(task);
      },
      part: 'result',
      reach: through('</task-notification>'),
    },
  ),
  rule(
    'notification',
    /\[(?:SYSTEM NOTIFICATION|MESSAGE FROM NON-USER SOURCE) - NOT USER INPUT\]|\[SCHEDULED TASK - AUTOMATED /y,
    HARNESS,
    NEWEST,
    { ...REMINDER, reach: 'listing' },
  ),

  rule(
    'read-nudge',
    /Whenever you read a file, you should consider whether it (?:looks malicious|would be considered malware)/y,
    HARNESS_AND_ALL_TAILS,
    '2.0.30',
    REMINDER,
  ),
  rule(
    'nudge',
    /<total_tokens>|<tools-used-before-summary>|Warning: the file exists but|The (?:TodoWrite|Task\w*|task) tools? (?:hasn't|haven't) been used|This is a reminder that your todo list|Your todo list has changed|Token usage: |USD budget: |Output tokens |Output token limit hit|The user hasn't heard from you|Only you see that command's output|The command sandbox has been |Note from the [^\n]* plugin, not from the user:|Coordinator mode has ended;|Your final report is delivered through |Attribution for git commits /y,
    HARNESS_AND_TAIL,
    ALL,
    REMINDER,
  ),
  rule('todo-list', /Here are the existing (?:contents of your todo list|tasks):/y, HARNESS_AND_TAIL, ALL, {
    ...REMINDER,
    reach: 'listing',
  }),
  rule(
    'short-mode',
    /While [^\n]{1,60} mode is active:|(?:You can do much|Do your work) of your work through |Do your work through |Bias toward working|When the (?:user asked you to change|auto-mode classifier blocks)|## (?:Exited|Re-entering) |You (?:have exited|are returning to) [^\n]{1,60} mode|Plan mode still active|Ultracode is |The user included the keyword |[^\n]* output style is active|The (?:output style was reset|language preference was cleared)/y,
    HARNESS_AND_TAIL,
    NEW,
    { ...REMINDER, reach: 'listing' },
  ),
  // A mode's text has headings and lists.
  rule('mode', /Plan mode is active|## Auto Mode Active/y, HARNESS_AND_TAIL, NEW, { ...REMINDER, reach: 'document' }),
  rule(
    'closing-line',
    /This is ambient context|Claude Code attached this context automatically;|This list is shortened to save room:|The text of these skills was cut short|This may or may not be related to |If the user's request might be served by |IMPORTANT: Do NOT re-execute these skills/y,
    HARNESS_AND_TAIL,
    NEWEST,
    { ...REMINDER, within: LISTINGS, resumes: true },
  ),
  // It has headings and lists.
  rule('team', /# Team Coordination\n|You are a teammate in this session's /y, HARNESS, NEWEST, {
    ...REMINDER,
    reach: 'document',
  }),
  rule(
    'mention',
    /The user has expressed a desire to invoke the agent|The user's message (?:contains|starts with) |Task "[^\n]*" \(\S+\) was stopped|Background (?:shell|monitor|agent) /y,
    HARNESS,
    NEWEST,
    REMINDER,
  ),
  rule(
    'harness-line',
    /(?:Tool loaded\.|\[Request interrupted by user(?: for tool use)?\])\s*$/y,
    ['prompt'],
    ALL,
    REMINDER,
  ),
  rule(
    'enforcer',
    /\[(?:handback-send-enforce|structured-output-enforce|projects-reply-gate)\]|Output token limit hit|The previous response failed to produce a valid tool call|Your tool call was malformed|\[Your previous response had no visible output|The PermissionDenied hook indicated you may retry|The turn did not end:|Your response above was stopped by a safety classifier|\[Request interrupted: the session ended|\[This turn ended before it finished/y,
    ['prompt'],
    NEW,
    {
      // A user may quote it, but does not begin a conversation with it.
      source: (_, { answered }) => (answered ? 'framework:reminder' : null),
      part: 'reminder',
    },
  ),
  // Users type it, too, but not right behind a compaction's summary.
  rule('resumed-line', /Continue from where you left off\.\s*$/y, ['prompt'], '2.1.150, 2.1.250', {
    source: (_, { restoring }) => (restoring ? 'framework:reminder' : null),
    part: 'reminder',
  }),
  rule(
    'local-command-caveat',
    /<local-command-caveat>|Caveat: The messages below were generated by the user while running local commands/y,
    ['prompt'],
    ALL,
    REMINDER,
  ),
  rule(
    'compaction-summary',
    /This session is being continued from a previous conversation that ran out of context/y,
    ['opening'],
    ALL,
    { source: 'framework:compaction', part: 'body' },
  ),
  rule(
    'compaction-request',
    /Your task is to create a detailed summary of the (?:conversation|RECENT)|CRITICAL: Respond with TEXT ONLY/y,
    ['closing'],
    ALL,
    { source: 'framework:compaction', part: 'prompt' },
  ),
];

const NOTIFICATION_HEAD = 1_000;
