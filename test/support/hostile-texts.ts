import { TEXT_RULES } from '../../src/attribution/rules/rules-table.js';
import { SECTIONS } from './harness-sections.js';

/** Fragments for text rules: the words of every marker, contents of sections, and texts that once took quadratic time. */
export function hostileFragments(): string[] {
  const words = TEXT_RULES.flatMap(({ marker }) => marker.source.split(/[()|[\]{}?*+^$\\]/)).filter(
    (part) => part.length > 3,
  );
  return [...new Set([...words, ...SECTIONS, ...SECTIONS.flatMap((section) => section.split('\n')), ...KNOWN])];
}

const KNOWN = [
  '<available_skills>\n<skill>\n<name>',
  '# MCP Server Instructions\n\n## ',
  'The following MCP servers are still connecting:\n',
  '<command-message>a</command-message>\n<command-name>',
  '<command-args>',
  "# currentDate\nToday's date is x\n",
  '<task-notification>\n<tool-use-id>',
  '<system-reminder>',
  '</system-reminder>',
  '<system-reminder>\nContents of /a',
  '@a:b:',
  'Result of calling the Read tool:\n',
  '{"user":"',
  '<transcript>\n',
  '## MEMORY.md\n',
  'agentId: ',
  ' - Working directory: /a\n',
];

/** Texts to repeat behind a fragment. */
export const FILLERS = [
  '',
  ' ',
  '\n',
  '\n\n',
  'a',
  ' a',
  'a:',
  ':',
  '\\',
  '"',
  '(',
  '- a: b\n',
  '## a\n',
  '</a>',
  '\t ',
];

/** Bodies with a text at each place of the rules. */
export const PLACES: Readonly<Record<string, (text: string) => object>> = {
  system: (text) => ({ system: text }),
  description: (text) => ({ tools: [{ name: 'Task', description: text, input_schema: {} }] }),
  prompt: (text) => ({ tools: TOOLS, messages: [user(text)] }),
  reminder: (text) => ({ tools: TOOLS, messages: [user(`<system-reminder>\n${text}\n</system-reminder>\n`)] }),
  message: (text) => ({ tools: TOOLS, messages: [user('Hi.'), { role: 'system', content: text }] }),
  side: (text) => ({ messages: [user(text)] }),
  check: (text) => ({ system: 'You are a security monitor for all.', messages: [user('<transcript>\n'), user(text)] }),
  tail: (text) => result(`out\n\n<system-reminder>\n${text}\n</system-reminder>`),
  result: (text) => result(text),
};

const TOOLS = [{ name: 'Read' }, { name: 'mcp__a__b' }];

function user(text: string): object {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function result(content: string): object {
  const call = { type: 'tool_use', id: 'call_1', name: 'Agent', input: { subagent_type: 'a', prompt: 'b' } };
  return {
    tools: TOOLS,
    messages: [
      user('Go.'),
      { role: 'assistant', content: [call] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content }] },
    ],
  };
}
