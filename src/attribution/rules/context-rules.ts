import { memoryPath } from './memory-path.js';
import { ALL, HARNESS, HARNESS_AND_ALL_TAILS, HARNESS_AND_SYSTEM, NEW, NEWEST } from './rule-places.js';
import type { TextRule } from './rules.js';

const CONTEXT = ['memory-frame', 'memory-file', 'current-date', 'context-heading'];

/** Rows for memory files, and for the facts about machine, date and repository that come with them. */
export const CONTEXT_RULES: readonly TextRule[] = [
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
      /As you answer the user's questions, you can use the following context:|Codebase and user instructions are |The session context (?:has changed;|was re-read)|Instruction files were re-read/y,
    places: HARNESS,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: 'listing',
    seen: ALL,
  },
  {
    id: 'memory-file',
    // A nested file has no description. In a tool_result it is believed only near a file that a tool worked on.
    marker: /Contents of (\S[^\n]*)(?:\n|$)/y,
    places: HARNESS_AND_ALL_TAILS,
    within: CONTEXT,
    source: ([, line = ''], context, place) => {
      const path = memoryPath(line);
      if (path === null) return null;
      const believed = place === 'tail' || place === 'file-tail' ? context.worksUnder(path) : context.mayBeMemory(path);
      return believed ? `memory:${path}` : null;
    },
    part: 'body',
    extent: { reach: 'open', because: 'a file holds blank lines, and nothing marks its end' },
    seen: ALL,
  },
  {
    id: 'recalled-memory',
    marker: /Memory: (\S[^\n]*)(?:\n|$)/y,
    places: HARNESS,
    within: ['recalled-memories', 'recalled-memory'],
    onlyWithin: true,
    resumes: true,
    source: ([, line = '']) => {
      const path = memoryPath(line);
      return path === null ? null : `memory:${path}`;
    },
    part: 'body',
    extent: { reach: 'open', because: 'a file holds blank lines, and nothing marks its end' },
    seen: NEWEST,
  },
  {
    id: 'recalled-memories',
    marker: /Retrieved for possible relevance/y,
    places: HARNESS,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: 'listing',
    seen: NEWEST,
  },
  {
    id: 'agent-instructions',
    // A teammate's prompt is the main conversation's, with the agent's file behind it.
    marker: /# Custom Agent Instructions\n/y,
    places: ['system'],
    source: (_, { agentName }) => (agentName === null ? null : `agent:${agentName}`),
    part: 'instructions',
    extent: { reach: 'open', because: 'an agent’s file holds blank lines; the prompt ends with it' },
    seen: NEWEST,
  },
  {
    id: 'agent-memory-frame',
    marker: /# Persistent Agent Memory\n/y,
    places: ['system'],
    part: 'instructions',
    extent: 'listing',
    seen: NEW,
  },
  {
    id: 'agent-memory',
    marker: /## MEMORY\.md\n/y,
    places: ['system'],
    within: ['agent-memory-frame'],
    onlyWithin: true,
    resumes: true,
    source: (_, context) => {
      const folder = context.agentMemory();
      return folder === null ? null : `memory:${folder}MEMORY.md`;
    },
    part: 'body',
    extent: { reach: 'open', because: 'a file holds blank lines; what the harness says of agents marks its end' },
    seen: NEW,
  },
  {
    id: 'agent-memory-end',
    marker: /Messages from the agent that launched you|Notes:\n/y,
    places: ['system'],
    within: ['agent-memory'],
    onlyWithin: true,
    part: 'instructions',
    seen: NEW,
  },
  {
    id: 'current-date',
    // It ends the context: a memory file that quotes the heading goes on.
    marker: /# currentDate\nToday's date is [^\n]*\n*/y,
    places: HARNESS,
    within: CONTEXT,
    source: ({ input, index, 0: date }) =>
      endsContext(input, index, index + date.length) ? 'framework:environment' : null,
    part: 'text',
    extent: 'listing',
    seen: ALL,
  },
  {
    id: 'context-heading',
    marker: /# (?:gitStatus\nThis is the git status|userEmail\nThe user's email)/y,
    places: HARNESS,
    within: CONTEXT,
    source: () => 'framework:environment',
    part: 'text',
    extent: { reach: 'open', because: 'a git status has blank lines between its parts' },
    seen: ALL,
  },
  {
    id: 'context-end',
    marker: / +IMPORTANT: this context may or may not be relevant/y,
    places: HARNESS,
    within: CONTEXT,
    onlyWithin: true,
    resumes: true,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: ALL,
  },
  {
    id: 'environment-block',
    marker: /(?:Here is useful information about the environment[^\n]*\n)?<env>/y,
    places: HARNESS_AND_SYSTEM,
    source: () => 'framework:environment',
    part: 'text',
    extent: { reach: 'until', phrase: '</env>', included: true },
    seen: '2.0.30',
  },
  {
    id: 'environment',
    marker:
      /# Environment(?: update)?\r?\n(?=You have been | ?- )|You are powered by the model |Assistant knowledge cutoff is |(?:Today's|The UTC) date is |The date has changed/y,
    places: [...HARNESS_AND_SYSTEM, 'tail'],
    source: () => 'framework:environment',
    part: 'text',
    seen: ALL,
  },
  {
    id: 'git-status',
    // It follows what was appended to the system prompt without a blank line.
    marker: /gitStatus: This is the git status at the start/y,
    places: HARNESS_AND_SYSTEM,
    anyLine: true,
    source: () => 'framework:environment',
    part: 'text',
    extent: { reach: 'open', because: 'a git status has blank lines between its parts' },
    seen: ALL,
  },
  {
    id: 'output-style',
    marker: /# (?:Output Style: |Language\n)/y,
    places: HARNESS,
    source: () => 'framework:system',
    part: 'instructions',
    extent: { reach: 'open', because: 'a style is a file, which holds blank lines, and nothing marks its end' },
    seen: '2.1.329',
  },
];

const CONTEXT_END = 'IMPORTANT: this context may or may not be relevant';
const DATE = "# currentDate\nToday's date is ";
const BEHIND_DATE = / *IMPORTANT: this context|# (?:gitStatus|userEmail)\n|<\/system-reminder>/y;
const FILE = '\nContents of ';
/** What ends the context is not longer. */
const END = 400;

/**
 * Whether a date that ends at `end` is the context's: nothing stands before it that could quote it, its other parts follow, or
 * it is the last one of a context that has an end, behind all files (2.0.30 sends none: there a file may hold the last).
 */
function endsContext(text: string, start: number, end: number): boolean {
  BEHIND_DATE.lastIndex = end;
  if (end === text.length || BEHIND_DATE.test(text) || start < firstFile(text)) return true;
  if (!text.slice(-END).includes(CONTEXT_END) || text.indexOf(DATE, start + 1) !== -1) return false;
  return text.indexOf(FILE, end) === -1;
}

let searched = { text: '', at: 0 };

/** Where the first memory file of a text begins: asked of one text again and again. */
function firstFile(text: string): number {
  if (searched.text !== text) searched = { text, at: text.indexOf('Contents of ') };
  return searched.at === -1 ? text.length : searched.at;
}
