import { expect, test } from 'vitest';
import { segmentText } from '../../../src/attribution/index.js';
import type { ThreadContext } from '../../../src/model/segment.js';
import { attributed } from '../../support/attributed.js';

const reminder = (text: string) => `<system-reminder>\n${text}\n</system-reminder>`;
const user = (...texts: string[]) => ({ role: 'user', content: texts.map((text) => ({ type: 'text', text })) });
const system = (text: string) => ({ role: 'system', content: text });
const STARTED = [
  user('go'),
  {
    role: 'assistant',
    content: [
      { type: 'tool_use', id: 't1', name: 'Agent', input: { prompt: 'p', subagent_type: 'checker', name: 'mate1' } },
    ],
  },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'Spawned.\nname: mate1\n' }] },
];

const TOOLS = [{ name: 'Agent', description: 'd', input_schema: { type: 'object' } }];
const AGENT: Partial<ThreadContext> = { agent: { name: 'memo', prompt: 'do it' } };
const SUBAGENT: Partial<ThreadContext> = { subagent: true };
const MONITOR = { tools: [], system: 'You are a security monitor for' };

test.each<[string, object[], Record<string, string>, Partial<ThreadContext>?, object?]>([
  [
    'a reminder that no row knows, behind one that is known, in one text with what was typed',
    [user(`${reminder('# Environment\n - Platform: linux')}\n${reminder('Words ZQNEW')}\n\nhi ZQUSER`)],
    { ZQNEW: 'framework:reminder', ZQUSER: 'user' },
  ],
  [
    'a teammate whose tag has its id last',
    [
      ...STARTED,
      user(
        'Another Claude session sent a message:\n<teammate-message color="blue" teammate_id="mate1">\nZQA\n</teammate-message>\n\nThis came from another Claude session ZQEND',
      ),
    ],
    { ZQA: 'agent:checker', ZQEND: 'framework:reminder' },
  ],
  [
    'a teammate that nothing introduces',
    [...STARTED, user('<teammate-message teammate_id="mate1">\nZQA\n\nZQB\n</teammate-message>')],
    { ZQA: 'agent:checker', ZQB: 'agent:checker' },
  ],
  [
    'a teammate that no call has started and nothing introduces',
    [...STARTED, user('<teammate-message teammate_id="mate2">\nZQA\n</teammate-message>')],
    { ZQA: 'user' },
  ],
  [
    'a heading of a restored skill that is called as the environment',
    [
      user('This session is being continued from a previous conversation that ran out of context.'),
      system(
        'The following skills were invoked EARLIER\n\n### Skill: zeta\nPath: user:zeta\n\nZQA\n\n# Environment\nZQB\n\n# Environment\r\nYou have been invoked ZQC',
      ),
    ],
    { ZQA: 'skill:zeta', ZQB: 'skill:zeta', ZQC: 'framework:environment' },
  ],
  [
    'a preloaded skill whose tags stand in another order',
    [
      user(
        'do it',
        '<skill-format>true</skill-format>\n<command-name>zeta</command-name>',
        'Base directory for this skill: /s/zeta\n\nZQA',
      ),
    ],
    { ZQA: 'skill:zeta' },
    AGENT,
  ],
  [
    'memory that the check of a call quotes without indenting it',
    [
      user(
        "The following is the user's CLAUDE.md ZQFRAME\n\n<user_claude_md>\nCodebase and user instructions are\n\nContents of /p/CLAUDE.md:\n\nZQA\n</user_claude_md>",
      ),
    ],
    { ZQFRAME: 'framework:system', ZQA: 'memory:/p/CLAUDE.md' },
    {},
    MONITOR,
  ],
  [
    'both parts of a workflow’s request in one text',
    [user('[Workflow harness — user request] The\n  ZQA\n\n[Workflow harness — computed task] The\n  ZQB\n')],
    { ZQA: 'user', ZQB: 'tool:Workflow' },
    SUBAGENT,
  ],
  [
    'a report of an agent that a compaction has forgotten',
    [
      user(
        'Another Claude session sent a message:\n<agent-message from="afab9f8192016d780">\nZQA\n</agent-message>\n\nThis came from another Claude session ZQB',
      ),
    ],
    { ZQA: 'unknown', ZQB: 'framework:reminder' },
  ],
  [
    'what follows a report in tags',
    [
      ...STARTED,
      user(
        reminder(
          'Another Claude session sent a message:\n<agent-message from="mate1">\nZQA\n</agent-message>\n\nThis came from another Claude session ZQB',
        ),
      ),
    ],
    { ZQA: 'agent:checker', ZQB: 'framework:reminder' },
  ],
  [
    'notifications of two tasks in one text',
    [
      ...STARTED,
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 't2', name: 'Bash', input: {} }],
      },
      user(
        '<task-notification>\n<tool-use-id>t2</tool-use-id>\nZQA\n</task-notification>\n<task-notification>\n<tool-use-id>t1</tool-use-id>\nZQB\n</task-notification>',
      ),
    ],
    { ZQA: 'tool:Bash', ZQB: 'agent:checker' },
  ],
  [
    'the lead’s task in a tag with its id last',
    [user('<teammate-message color="red" teammate_id="team-lead">\ndo it\n</teammate-message>')],
    { 'do it': 'agent:memo' },
    AGENT,
  ],
  [
    'lines of a file with numbers, behind a blank one',
    [system('Note: /p/CLAUDE.md changed on disk since\n1\tZQA\n\n9\t- deploy: ZQB')],
    { ZQA: 'memory:/p/CLAUDE.md', ZQB: 'memory:/p/CLAUDE.md' },
  ],
  [
    'a query that quotes another side call',
    [user('Perform a web search for the query: ZQA\n\n<session>\nZQB')],
    { ZQA: 'tool:WebSearch', ZQB: 'tool:WebSearch' },
    {},
    { tools: [] },
  ],
])('%s', (_, messages, markers, thread = {}, more = {}) => {
  const body = { model: 'claude-opus-5-5', tools: TOOLS, messages, ...more };
  const { segments } = attributed(body, { thread: { knownServers: [], agent: null, ...thread } });
  const text = JSON.stringify(body);
  const found = Object.keys(markers).map((marker) => [
    marker,
    segments.filter((segment) => segmentText(body, text, segment).includes(marker)).map(({ source }) => source),
  ]);
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(markers).map(([marker, source]) => [marker, [source]])),
  );
});
