import { memorySource } from '../segments/memory-places.js';
import { NEW, NEWEST, type Place, rule, SIDE_PROMPT, type TextRule, through } from './rule.js';

const SIDE: readonly Place[] = ['side'];
const CHECKED_MEMORY = ['checked-memory', 'checked-memory-frame', 'checked-memory-file'];

/** Side calls, which the harness makes for itself and without its tools: its questions, and the texts that it quotes. */
export const SIDE_RULES: readonly TextRule[] = [
  // Side calls of 2.0.30: a small model is asked for a Bash command's prefix, and which files it touched.
  // Only the command marks its end.
  rule('command-policy', /<policy_spec>/y, SIDE, '2.0.30', { ...SIDE_PROMPT, reach: 'open' }),
  // A command may hold blank lines, and the text ends with it.
  rule('command-checked', /Command: /y, SIDE, '2.0.30', {
    onlyWithin: ['command-policy'],
    source: 'tool:Bash',
    part: 'call',
    reach: 'open',
  }),
  // Only at the start of the text: a search for the output behind every such line would take too long.
  // A command may print any text, and the text ends with it.
  rule('command-output', /Command: /y, SIDE, '2.0.30', {
    source: ({ input, index }) => (index === 0 && input.includes('\nOutput: ') ? 'tool:Bash' : null),
    part: 'result',
    reach: 'open',
  }),
  rule('titled-session', /<session>\n/y, SIDE, NEWEST, {
    // Only at the start of the text: a query may quote it.
    source: ({ index }) => (index === 0 ? 'user' : null),
    part: 'text',
    reach: through('\n</session>'),
  }),
  // A query may be any text, and the whole text ends with it.
  rule('searched-query', /Perform a web search for the query: /y, SIDE, NEWEST, {
    source: 'tool:WebSearch',
    part: 'call',
    reach: 'open',
  }),
  // A page may hold any text; the question about it belongs to the call.
  rule('fetched-page', /Web page content:/y, SIDE, '1.0.100 - 2.1.332', {
    source: 'tool:WebFetch',
    part: 'result',
    reach: 'open',
  }),
  // The question ends the text.
  rule('side-question', /Write the title in |Err on the side of blocking/y, SIDE, NEWEST, {
    ...SIDE_PROMPT,
    reach: 'open',
  }),

  // The check of a tool call in auto mode.
  rule('checked-memory', /The following is the user's CLAUDE\.md /y, SIDE, NEW, {
    ...SIDE_PROMPT,
    reach: 'listing',
  }),
  rule(
    'checked-memory-frame',
    /<\/?user_claude_md>|(?: {2})?(?:Codebase and user instructions are |As you answer the user's questions)/y,
    SIDE,
    NEW,
    { ...SIDE_PROMPT, onlyWithin: CHECKED_MEMORY, reach: 'listing' },
  ),
  // A file holds blank lines; the closing tag marks the end of the last.
  rule('checked-memory-file', /(?: {2})?Contents of (\S[^\n]*)(?:\n|$)/y, SIDE, NEW, {
    onlyWithin: CHECKED_MEMORY,
    source: ([, line = '']) => memorySource(line),
    part: 'body',
    reach: 'open',
  }),
];
