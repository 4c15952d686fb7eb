import { normalServer } from '../segments/tool-source.js';
import { ALL, HARNESS, HARNESS_AND_TAIL, NEWEST } from './rule-places.js';
import type { TextRule } from './rules.js';

/** Rows for what comes with files, the editor and resources that somebody named. */
export const FILE_RULES: readonly TextRule[] = [
  {
    id: 'attached-file',
    marker: /(?:Called the (\w+) tool with the following input: (\{[^\n]*)|Result of calling the (\w+) tool:)/y,
    places: HARNESS_AND_TAIL,
    source: ({ input, index, 1: called, 2: given, 3: answered }, context) => {
      const file = fileIn(given ?? input.slice(Math.max(0, index - CALL_BEFORE), index));
      return context.isRestored(file) ? context.toolSource(called ?? answered ?? '') : 'user';
    },
    part: 'document',
    detail: ([, , given = '']) => fileIn(given),
    extent: { reach: 'document', because: 'a notebook or a folder’s listing has blank lines' },
    seen: ALL,
  },
  {
    id: 'changed-file',
    marker: /Note: (\S[^\n]*?) (?:changed on disk since\b|was modified, either by )/y,
    places: HARNESS_AND_TAIL,
    source: ([, path = ''], context) =>
      context.isMemory(path) ? `memory:${path}` : (context.fileSource(path) ?? 'user'),
    part: 'document',
    detail: ([, path = '']) => path,
    extent: { reach: 'document', because: 'parts of the file stand apart' },
    seen: ALL,
  },
  {
    id: 'file-note',
    marker:
      /Note: (?:The file )?\S[^\n]*? (?:was read before the last conversation|was too large and has been truncated)|The user @-mentioned |PDF file: |The attached image is also saved at |The \d+ attached images, /y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: NEWEST,
  },
  {
    id: 'plan-file',
    marker: /A plan file exists from plan mode at:/y,
    places: HARNESS,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: { reach: 'until', phrase: '\nIf this plan is relevant', included: true },
    seen: NEWEST,
  },
  {
    id: 'selection',
    marker: /The user selected the (?:lines |following )/y,
    places: HARNESS,
    source: () => 'user',
    part: 'document',
    extent: { reach: 'until', phrase: '\n\nThis may or may not be', included: false },
    seen: NEWEST,
  },
  {
    id: 'opened-file',
    marker: /The user opened the file /y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    seen: NEWEST,
  },
  {
    id: 'diagnostics',
    marker: /<new-diagnostics>/y,
    places: HARNESS_AND_TAIL,
    source: () => 'framework:reminder',
    part: 'reminder',
    extent: { reach: 'until', phrase: '</new-diagnostics>', included: true },
    seen: NEWEST,
  },
  {
    id: 'resource',
    marker: /Full contents of resource:/y,
    places: HARNESS,
    source: (_, context) => context.mentionedServer() ?? 'user',
    part: 'document',
    extent: { reach: 'until', phrase: '\nDo NOT read this resource again', included: true },
    seen: NEWEST,
  },
  {
    id: 'resource-element',
    marker: /<mcp-resource server="([^"\n]*)" uri="([^"\n]*)">/y,
    places: HARNESS,
    source: ([, server = '']) => `mcp:${normalServer(server)}`,
    part: 'document',
    detail: ([, , uri = '']) => uri,
    extent: { reach: 'until', phrase: '</mcp-resource>', included: true },
    seen: NEWEST,
  },
];

/** A result follows its call, in reminders of their own or in one text. */
const CALL_BEFORE = 2_000;

/** The last file that a tool's input names. */
function fileIn(text: string): string | null {
  const key = '"file_path":"';
  const start = text.lastIndexOf(key);
  if (start === -1) return null;
  const [, file = null] = /^((?:[^"\\]|\\.)*)"/.exec(text.slice(start + key.length)) ?? [];
  return file;
}
