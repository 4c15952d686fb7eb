import { memoryPath } from './memory-path.js';
import { NEWEST } from './rule-places.js';
import type { Place, TextRule } from './rules.js';

const SIDE: readonly Place[] = ['side'];

/** Rows for calls that the harness makes for itself, without tools of its own: what it asks, and what it quotes. */
export const SIDE_RULES: readonly TextRule[] = [
  {
    id: 'command-policy',
    // Side calls of 2.0.30: a small model is asked for a Bash command's prefix, and which files it touched.
    marker: /<policy_spec>/y,
    places: SIDE,
    source: () => 'framework:system',
    part: 'prompt',
    extent: { reach: 'open', because: 'only the command marks its end' },
    seen: '2.0.30',
  },
  {
    id: 'command-checked',
    marker: /Command: /y,
    places: SIDE,
    within: ['command-policy'],
    onlyWithin: true,
    source: () => 'tool:Bash',
    part: 'call',
    extent: { reach: 'open', because: 'a command may hold blank lines, and the text ends with it' },
    seen: '2.0.30',
  },
  {
    id: 'command-output',
    // It opens the text; to look for the output behind every such line would take too long.
    marker: /Command: /y,
    places: SIDE,
    source: ({ input, index }) => (index === 0 && input.includes('\nOutput: ') ? 'tool:Bash' : null),
    part: 'result',
    extent: { reach: 'open', because: 'a command prints what it likes, and the text ends with it' },
    seen: '2.0.30',
  },
  {
    id: 'titled-session',
    marker: /<session>\n/y,
    places: SIDE,
    // It opens the text: a query may quote it.
    source: ({ index }) => (index === 0 ? 'user' : null),
    part: 'text',
    extent: { reach: 'until', phrase: '\n</session>', included: true },
    seen: NEWEST,
  },
  {
    id: 'searched-query',
    marker: /Perform a web search for the query: /y,
    places: SIDE,
    source: () => 'tool:WebSearch',
    part: 'call',
    extent: { reach: 'open', because: 'a query is what the model likes, and the text ends with it' },
    seen: NEWEST,
  },
  {
    id: 'fetched-page',
    marker: /Web page content:/y,
    places: SIDE,
    source: () => 'tool:WebFetch',
    part: 'result',
    extent: { reach: 'open', because: 'a page holds what it likes; what is asked about it is the call’s' },
    seen: '1.0.100 - 2.1.332',
  },
  {
    id: 'side-question',
    marker: /Write the title in |Err on the side of blocking/y,
    places: SIDE,
    source: () => 'framework:system',
    part: 'prompt',
    extent: { reach: 'open', because: 'the question ends the text' },
    seen: NEWEST,
  },

  // The check of a tool call in auto mode.
  {
    id: 'checked-memory',
    marker: /The following is the user's CLAUDE\.md /y,
    places: SIDE,
    source: () => 'framework:system',
    part: 'prompt',
    extent: 'listing',
    seen: '2.1.197 - 2.1.332',
  },
  {
    id: 'checked-memory-frame',
    marker: /<\/?user_claude_md>|(?: {2})?(?:Codebase and user instructions are |As you answer the user's questions)/y,
    places: SIDE,
    within: ['checked-memory', 'checked-memory-frame', 'checked-memory-file'],
    onlyWithin: true,
    source: () => 'framework:system',
    part: 'prompt',
    extent: 'listing',
    seen: '2.1.197 - 2.1.332',
  },
  {
    id: 'checked-memory-file',
    marker: /(?: {2})?Contents of (\S[^\n]*)(?:\n|$)/y,
    places: SIDE,
    within: ['checked-memory', 'checked-memory-frame', 'checked-memory-file'],
    onlyWithin: true,
    source: ([, line = '']) => {
      const path = memoryPath(line);
      return path === null ? null : `memory:${path}`;
    },
    part: 'body',
    extent: { reach: 'open', because: 'a file holds blank lines; the closing tag marks the end of the last' },
    seen: '2.1.197 - 2.1.332',
  },
];
