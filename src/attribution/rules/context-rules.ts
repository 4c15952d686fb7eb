import { memoryPath, memorySource } from '../segments/memory-places.js';
import {
  ALL,
  ENVIRONMENT,
  HARNESS,
  HARNESS_AND_ALL_TAILS,
  HARNESS_AND_SYSTEM,
  NEW,
  NEWEST,
  REMINDER,
  rule,
  type TextRule,
  through,
} from './rule.js';

const CONTEXT = ['memory-frame', 'memory-file', 'current-date', 'context-heading'];

/** Memory files, and the facts about machine, date and repository that come with them. */
export const CONTEXT_RULES: readonly TextRule[] = [
  rule('billing-header', /x-anthropic-billing-header:/y, ['system'], NEW, {
    source: 'framework:billing-header',
    part: 'text',
  }),

  // Memory files, and the date and git status that come with them.
  rule(
    'memory-frame',
    /As you answer the user's questions, you can use the following context:|Codebase and user instructions are |The session context (?:has changed;|was re-read)|Instruction files were re-read/y,
    HARNESS,
    ALL,
    { ...REMINDER, reach: 'listing' },
  ),
  // A nested file has no description. In a tool_result only one near a file that a tool worked on counts.
  // A file holds blank lines, and nothing marks its end.
  rule('memory-file', /Contents of (\S[^\n]*)(?:\n|$)/y, HARNESS_AND_ALL_TAILS, ALL, {
    within: CONTEXT,
    source: ([, line = ''], context, place) => {
      const path = memoryPath(line);
      if (path === null) return null;
      const counts = place === 'tail' || place === 'file-tail' ? context.worksUnder(path) : context.mayBeMemory(path);
      return counts ? `memory:${path}` : null;
    },
    part: 'body',
    reach: 'open',
  }),
  // A file holds blank lines, and nothing marks its end.
  rule('recalled-memory', /Memory: (\S[^\n]*)(?:\n|$)/y, HARNESS, NEWEST, {
    onlyWithin: ['recalled-memories', 'recalled-memory'],
    resumes: true,
    source: ([, line = '']) => memorySource(line),
    part: 'body',
    reach: 'open',
  }),
  rule('recalled-memories', /Retrieved for possible relevance/y, HARNESS, NEWEST, { ...REMINDER, reach: 'listing' }),
  // A teammate's prompt is the main conversation's, with the agent's file behind it.
  // An agent's file holds blank lines; the prompt ends with it.
  rule('agent-instructions', /# Custom Agent Instructions\n/y, ['system'], NEWEST, {
    source: (_, { agentName }) => (agentName === null ? null : `agent:${agentName}`),
    part: 'instructions',
    reach: 'open',
  }),
  rule('agent-memory-frame', /# Persistent Agent Memory\n/y, ['system'], NEW, {
    part: 'instructions',
    reach: 'listing',
  }),
  // A file holds blank lines; what the harness says of agents marks its end.
  rule('agent-memory', /## MEMORY\.md\n/y, ['system'], NEW, {
    onlyWithin: ['agent-memory-frame'],
    resumes: true,
    source: (_, context) => {
      const folder = context.agentMemory();
      return folder === null ? null : `memory:${folder}MEMORY.md`;
    },
    part: 'body',
    reach: 'open',
  }),
  rule('agent-memory-end', /Messages from the agent that launched you|Notes:\n/y, ['system'], NEW, {
    onlyWithin: ['agent-memory'],
    part: 'instructions',
  }),
  // It ends the context. A memory file may quote the heading, and then goes on.
  rule('current-date', /# currentDate\nToday's date is [^\n]*\n*/y, HARNESS, ALL, {
    within: CONTEXT,
    source: ({ input, index, 0: date }) =>
      endsContext(input, index, index + date.length) ? 'framework:environment' : null,
    part: 'text',
    reach: 'listing',
  }),
  // A git status has blank lines between its parts.
  rule('context-heading', /# (?:gitStatus\nThis is the git status|userEmail\nThe user's email)/y, HARNESS, ALL, {
    ...ENVIRONMENT,
    within: CONTEXT,
    reach: 'open',
  }),
  rule('context-end', / +IMPORTANT: this context may or may not be relevant/y, HARNESS, ALL, {
    ...REMINDER,
    onlyWithin: CONTEXT,
    resumes: true,
  }),
  rule(
    'environment-block',
    /(?:Here is useful information about the environment[^\n]*\n)?<env>/y,
    HARNESS_AND_SYSTEM,
    '2.0.30',
    { ...ENVIRONMENT, reach: through('</env>') },
  ),
  rule(
    'environment',
    /# Environment(?: update)?\r?\n(?=You have been | ?- )|You are powered by the model |Assistant knowledge cutoff is |(?:Today's|The UTC) date is |The date has changed/y,
    [...HARNESS_AND_SYSTEM, 'tail'],
    ALL,
    ENVIRONMENT,
  ),
  // It follows appended system prompts without a blank line.
  // A git status has blank lines between its parts.
  rule('git-status', /gitStatus: This is the git status at the start/y, HARNESS_AND_SYSTEM, ALL, {
    ...ENVIRONMENT,
    anyLine: true,
    reach: 'open',
  }),
  // A style is a file, which holds blank lines, and nothing marks its end.
  rule('output-style', /# (?:Output Style: |Language\n)/y, HARNESS, '2.1.329', {
    source: 'framework:system',
    part: 'instructions',
    reach: 'open',
  }),
];

const CONTEXT_END = 'IMPORTANT: this context may or may not be relevant';
const DATE = "# currentDate\nToday's date is ";
const BEHIND_DATE = / *IMPORTANT: this context|# (?:gitStatus|userEmail)\n|<\/system-reminder>/y;
const FILE = '\nContents of ';
/** The end of the context is not longer. */
const END_LENGTH = 400;

/**
 * Whether a date that ends at `end` is the context's own, and not quoted by a file: no file comes before it, other parts of
 * the context follow, or it is the last one, behind all files. (2.0.30 sends no end: there a file may hold the last one.)
 */
function endsContext(text: string, start: number, end: number): boolean {
  BEHIND_DATE.lastIndex = end;
  if (end === text.length || BEHIND_DATE.test(text) || start < firstFile(text)) return true;
  if (!text.slice(-END_LENGTH).includes(CONTEXT_END) || text.indexOf(DATE, start + 1) !== -1) return false;
  return text.indexOf(FILE, end) === -1;
}

let searched = { text: '', at: 0 };

/** Where the first memory file of a text begins. One text is asked about many times in a row. */
function firstFile(text: string): number {
  if (searched.text !== text) searched = { text, at: text.indexOf('Contents of ') };
  return searched.at === -1 ? text.length : searched.at;
}
