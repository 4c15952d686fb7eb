import { ALL, HARNESS, HARNESS_AND_ALL_TAILS, HARNESS_AND_SYSTEM, NEW } from './rule-places.js';
import type { TextRule } from './rules.js';

const CONTEXT = ['memory-frame', 'memory-file', 'context-heading'];

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
    places: HARNESS_AND_ALL_TAILS,
    within: CONTEXT,
    source: ([, path = ''], context, place) => {
      const believed = place === 'tail' || place === 'file-tail' ? context.worksUnder(path) : context.mayBeMemory(path);
      return believed ? `memory:${path}` : null;
    },
    part: 'body',
    seen: ALL,
  },
  {
    id: 'context-heading',
    // The date ends the reminder: a memory file that quotes the heading goes on.
    marker:
      /# (?:currentDate\nToday's date is [^\n]*\n*(?=<\/system-reminder>| +IMPORTANT: this context|# (?:gitStatus|userEmail)\n)|gitStatus\nThis is the git status|userEmail\nThe user's email)/y,
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
    id: 'environment-block',
    marker: /(?:Here is useful information about the environment[^\n]*\n)?<env>/y,
    places: HARNESS_AND_SYSTEM,
    source: () => 'framework:environment',
    part: 'text',
    reach: 'paragraph',
    seen: '2.0.30',
  },
  {
    id: 'environment',
    marker:
      /# Environment\n|You are powered by the model |Assistant knowledge cutoff is |Today's date is |The date has changed/y,
    places: HARNESS_AND_SYSTEM,
    source: () => 'framework:environment',
    part: 'text',
    reach: 'paragraph',
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
    seen: ALL,
  },
  {
    id: 'output-style',
    marker: /# Output Style: /y,
    places: HARNESS,
    source: () => 'framework:system',
    part: 'instructions',
    seen: '2.1.329',
  },
];
