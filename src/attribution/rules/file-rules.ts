import { mcpSource } from '../../model/mcp-names.js';
import { ALL, HARNESS, HARNESS_AND_TAIL, NEWEST, REMINDER, rule, type TextRule, through, upTo } from './rule.js';

/** Files, the editor, and mentioned resources. */
export const FILE_RULES: readonly TextRule[] = [
  // A notebook or a folder's listing has blank lines.
  rule(
    'attached-file',
    /(?:Called the (\w+) tool with the following input: (\{[^\n]*)|Result of calling the (\w+) tool:)/y,
    HARNESS_AND_TAIL,
    ALL,
    {
      source: ({ input, index, 1: called, 2: given, 3: answered }, context) => {
        const file = fileIn(given ?? input.slice(Math.max(0, index - CALL_BEFORE), index));
        return context.isRestored(file) ? context.toolSource(called ?? answered ?? '') : 'user';
      },
      part: 'document',
      detail: ([, , given = '']) => fileIn(given),
      reach: 'document',
    },
  ),
  // Blank lines separate the changed parts of the file.
  rule(
    'changed-file',
    /Note: (\S[^\n]*?) (?:changed on disk since\b|was modified, either by )/y,
    HARNESS_AND_TAIL,
    ALL,
    {
      source: ([, path = ''], context) =>
        context.isMemory(path) ? `memory:${path}` : (context.fileSource(path) ?? 'user'),
      part: 'document',
      detail: ([, path = '']) => path,
      reach: 'document',
    },
  ),
  rule(
    'file-note',
    /Note: (?:The file )?\S[^\n]*? (?:is not shown exactly as it is on disk|was read before the last conversation|was too large and has been truncated)|The user @-mentioned |PDF file: |The attached image is also saved at |The \d+ attached images, /y,
    HARNESS_AND_TAIL,
    NEWEST,
    REMINDER,
  ),
  rule('plan-file', /A plan file exists from plan mode at:/y, HARNESS, NEWEST, {
    ...REMINDER,
    reach: through('\nIf this plan is relevant'),
  }),
  rule('selection', /The user selected the (?:lines |following )/y, HARNESS, NEWEST, {
    source: 'user',
    part: 'document',
    reach: upTo('\n\nThis may or may not be'),
  }),
  rule('opened-file', /The user opened the file /y, HARNESS_AND_TAIL, NEWEST, REMINDER),
  rule('diagnostics', /<new-diagnostics>/y, HARNESS_AND_TAIL, NEWEST, {
    ...REMINDER,
    reach: through('</new-diagnostics>'),
  }),
  rule('resource', /Full contents of resource:/y, HARNESS, NEWEST, {
    source: (_, context) => context.mentionedServer() ?? 'user',
    part: 'document',
    reach: through('\nDo NOT read this resource again'),
  }),
  rule('resource-element', /<mcp-resource server="([^"\n]*)" uri="([^"\n]*)">/y, HARNESS, NEWEST, {
    source: ([, server = '']) => mcpSource(server),
    part: 'document',
    detail: ([, , uri = '']) => uri,
    reach: through('</mcp-resource>'),
  }),
];

/** A result follows its call, in the next reminder or in the same text; this is how far back the call is looked for. */
const CALL_BEFORE = 2_000;

/** The last file that a tool's input names. */
function fileIn(text: string): string | null {
  const key = '"file_path":"';
  const start = text.lastIndexOf(key);
  if (start === -1) return null;
  const [, file = null] = /^((?:[^"\\]|\\.)*)"/.exec(text.slice(start + key.length)) ?? [];
  return file;
}
