import fc from 'fast-check';
import type { Usage } from '../../src/model/usage.js';

/**
 * Requests shaped like Claude Code's, in invented words. Some hold markers of the harness: whole, damaged, and at places where
 * only hostile text has them.
 */

const WORDS = [
  'brindle',
  'zoft',
  'quorn',
  'mellip',
  'tavish',
  'ünderöl',
  '漢字',
  '🪲',
  'snarkle\n\n',
  'a__b',
  '</x>',
  '  ',
];
const MARKERS = [
  '<system-reminder>',
  '</system-reminder>',
  '\n\n<system-reminder>\nPostToolUse:Read hook additional context: zoft\n</system-reminder>',
  'Contents of /brindle/CLAUDE.md (project instructions):\n\nquorn\n',
  '# MCP Server Instructions\n\n## mellip\nquorn\n',
  'The following deferred tools are here:\nZoft\nmcp__mellip__tavish\n',
  'The following skills are available:\n\n- brindle: zoft\n\n',
  'Available agent types:\n- quorn: zoft (Tools: *)\n',
  '<command-message>zoft</command-message>\n<command-name>/zoft</command-name>',
  'Base directory for this skill: /brindle/zoft\n',
  'x-anthropic-billing-header: zoft=1;',
  "# currentDate\nToday's date is never.\n",
];

const prose = fc.array(fc.constantFrom(...WORDS), { maxLength: 8 }).map((words) => words.join(' '));
const text = fc.oneof(
  prose,
  fc.array(fc.constantFrom(...WORDS, ...MARKERS), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.constantFrom(...MARKERS).map((marker) => `<system-reminder>\n${marker}\n</system-reminder>\n`),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const toolName = fc.constantFrom(
  'Read',
  'Bash',
  'Skill',
  'Task',
  'Agent',
  'mcp__mellip__tavish',
  'mcp__a__b__c',
  'mcp__',
  '',
);
const callId = fc.constantFrom('call_1', 'call_2', 'call_3');
const cacheControl = fc.option(fc.constant({ type: 'ephemeral' }), { nil: undefined });
const png = Buffer.from('89504e470d0a1a0a0000000d494844520000012c00000096', 'hex').toString('base64');

const textBlock = fc.record({ type: fc.constant('text'), text, cache_control: cacheControl });
const image = fc.constant({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } });
const toolUse = fc.record({
  type: fc.constantFrom('tool_use', 'server_tool_use'),
  id: callId,
  name: toolName,
  input: fc.oneof(
    fc.record({ file_path: prose }),
    fc.record({ skill: prose }),
    fc.record({ prompt: prose }),
    fc.jsonValue(),
  ),
});
const toolResult = fc.record({
  type: fc.constantFrom('tool_result', 'web_search_tool_result'),
  tool_use_id: callId,
  content: fc.oneof(
    text,
    fc.array(fc.oneof(textBlock, image, fc.record({ type: fc.constant('tool_reference'), tool_name: toolName }))),
    fc.jsonValue(),
  ),
  is_error: fc.boolean(),
});
const thinking = fc.record({ type: fc.constant('thinking'), thinking: prose, signature: fc.constant('c2lnbmVk') });
const sealed = fc.record({ type: fc.constant('redacted_thinking'), data: fc.base64String() });
const strange = fc.oneof(fc.jsonValue(), fc.record({ type: fc.constant('next_years_block'), zoft: fc.jsonValue() }));
const block = fc.oneof(textBlock, toolUse, toolResult, image, thinking, sealed, strange);

const message = fc.record({
  role: fc.constantFrom('user', 'assistant', 'user', 'assistant', 'system', 'quorn'),
  content: fc.oneof(text, fc.array(block, { maxLength: 5 }), fc.jsonValue()),
});
const tool = fc.record({
  name: toolName,
  description: text,
  input_schema: fc.constant({ type: 'object' }),
  defer_loading: fc.option(fc.boolean(), { nil: undefined }),
});

/** A request body as `JSON.parse` gives it: without undefined fields. */
export const requestBody: fc.Arbitrary<unknown> = fc
  .record(
    {
      model: fc.constantFrom('claude-sonnet-4-5', 'quorn-1'),
      system: fc.oneof(text, fc.array(fc.oneof(textBlock, strange), { maxLength: 3 })),
      tools: fc.oneof(
        { weight: 5, arbitrary: fc.array(tool, { maxLength: 4 }) },
        { weight: 1, arbitrary: fc.jsonValue() },
      ),
      messages: fc.oneof(
        { weight: 9, arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: message }, strange), { maxLength: 6 }) },
        { weight: 1, arbitrary: fc.jsonValue() },
      ),
    },
    { requiredKeys: [] },
  )
  .map((body): unknown => JSON.parse(JSON.stringify(body)));

const count = fc.oneof(fc.constant(0), fc.nat(300_000));
export const usage: fc.Arbitrary<Usage> = fc.record({
  uncached: count,
  cacheRead: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  output: count,
  webSearches: fc.nat(3),
});
