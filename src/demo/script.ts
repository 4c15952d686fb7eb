import type { ContentBlock } from '../model/message.js';
import type { Conversation } from '../scripted/messages-api.js';

/** The user's prompts, in order. */
export const PROMPTS = [
  'The discount on large orders is off by a cent. Find out why and fix it.',
  'Good. Now write the changelog entry, and have the change reviewed.',
] as const;

/** The first prompt of the reviewer's thread. */
const REVIEW_TASK = 'Review the change in src/orders.ts: discount on the sum, rounded once.';

/** The answers of the scripted model in the demo session, for its main thread, its subagent and its side calls. */
export function demoConversation(eventDelayMs: number): Conversation {
  return {
    eventDelayMs,
    sideCall: '{"title": "Fix the discount rounding"}',
    threads: [
      {
        opensWith: REVIEW_TASK,
        turns: [
          [call('toolu_demo_review', 'Read', { target: 'src/orders.ts' })],
          [text('No findings in src/orders.ts. A test for an empty order is missing in test/orders.test.ts.')],
        ],
      },
      {
        opensWith: PROMPTS[0],
        turns: [
          [
            {
              type: 'thinking',
              thinking: 'A cent: something is rounded twice. Look at who applies the discount.',
              signature: 'ZGVtbw==',
            },
            text('I look for the code that applies the discount.'),
            call('toolu_demo_find', 'mcp__serena__find_symbol', { target: 'applyDiscount' }),
            call('toolu_demo_read', 'Read', { target: 'src/orders.ts' }),
          ],
          [
            text('Each line is rounded before the sum. The rules ask for one rounding at the end.'),
            call('toolu_demo_edit', 'Edit', { target: 'src/orders.ts', details: 'Round the sum, not the lines.' }),
          ],
          [call('toolu_demo_test', 'Bash', { target: 'npm test -- orders' })],
          [text('Fixed: the discount now applies to the sum and is rounded once. All 12 order tests pass.')],
          [call('toolu_demo_skill', 'Skill', { skill: 'changelog' })],
          [
            call('toolu_demo_entry', 'Edit', { target: 'CHANGELOG.md', details: 'Add an entry under Fixed.' }),
            call('toolu_demo_agent', 'Agent', { subagent_type: 'reviewer', prompt: REVIEW_TASK }),
          ],
          [text('The entry is under Fixed. The reviewer found no fault, and asks for a test of an empty order.')],
        ],
      },
    ],
  };
}

/** The results of the demo's tools, by tool_use id. The client plays Skill and Agent. */
export const TOOL_RESULTS: Readonly<Record<string, string>> = {
  toolu_demo_find:
    'src/orders.ts:18 function applyDiscount(lines: Line[], percent: number): Cents\n  used in src/orders.ts:41, src/invoice.ts:9',
  toolu_demo_read: [
    '18\texport function applyDiscount(lines: Line[], percent: number): Cents {',
    '19\t  // Every line on its own: three lines lose up to three half cents.',
    '20\t  return lines.reduce((sum, line) => sum + Math.round(line.cents * (1 - percent / 100)), 0);',
    '21\t}',
  ].join('\n'),
  toolu_demo_edit: 'src/orders.ts: 1 replacement.',
  toolu_demo_test: 'orders\n  12 passed, 0 failed\n\nDuration 0.4 s',
  toolu_demo_entry: 'CHANGELOG.md: 1 line added.',
  toolu_demo_review: '18\texport function applyDiscount(lines: Line[], percent: number): Cents { …',
};

export function text(content: string): ContentBlock {
  return { type: 'text', text: content };
}

function call(id: string, name: string, input: object): ContentBlock {
  return { type: 'tool_use', id, name, input };
}
