import { describe, expect, test } from 'vitest';
import type { ThreadContext } from '../../../src/model/segment.js';
import { asBlock, ownerOf, reminder, user } from '../../support/owner-of.js';

describe('each text has its source', () => {
  const servers = { knownServers: ['river', 'river__delta'], agent: null };
  const cases: [string, unknown, string, ThreadContext?][] = [
    ['typed text', user('Please zorb.'), 'user text'],
    ['typed text in a string', { messages: [{ role: 'user', content: 'zorb' }] }, 'user text'],
    ['the system prompt, a string', { system: 'Be zorb.' }, 'framework:system prompt'],
    ['the system prompt, in blocks', { system: [asBlock('Be zorb.')] }, 'framework:system prompt'],
    ['the billing header', { system: [asBlock('x-anthropic-billing-header: zorb;')] }, 'framework:billing-header text'],
    ['the environment', { system: 'Be kind.\n\n<env>\nzorb\n</env>' }, 'framework:environment text'],
    ['a built-in tool', { tools: [{ name: 'Read', description: 'zorb' }] }, 'tool:Read definition Read'],
    [
      'a tool of the API',
      { tools: [{ type: 'web_search_1', name: 'web_search', zorb: 1 }] },
      'tool:web_search definition web_search',
    ],
    [
      'an MCP tool',
      { tools: [{ name: 'mcp__hill__find', description: 'zorb' }] },
      'mcp:hill definition mcp__hill__find',
    ],
    [
      'a plugin tool',
      { tools: [{ name: 'mcp__plugin_a_b__find', description: 'zorb' }] },
      'mcp:plugin_a_b definition mcp__plugin_a_b__find',
    ],
    [
      'the longest server',
      { tools: [{ name: 'mcp__river__delta__find', description: 'zorb' }] },
      'mcp:river__delta definition mcp__river__delta__find',
      servers,
    ],
    [
      'memory',
      user(
        reminder(
          'Codebase and user instructions are shown below.\n\nContents of /a/CLAUDE.md (project instructions):\n\n# Notes\n\nzorb\n',
        ),
      ),
      'memory:/a/CLAUDE.md body',
    ],
    [
      'a second memory file',
      user(
        reminder(
          "Contents of /a/CLAUDE.md (project instructions):\n\nmild\n\nContents of /b/c.md (user's rules):\n\nzorb",
        ),
      ),
      'memory:/b/c.md body',
    ],
    ['a nested memory file', user(reminder('Contents of /a/b/CLAUDE.md:\n\nzorb')), 'memory:/a/b/CLAUDE.md body'],
    [
      'the date behind memory',
      user(reminder("Contents of /a/CLAUDE.md (project instructions):\n\nmild\n# currentDate\nToday's date is zorb.")),
      'framework:environment text',
    ],
    ['a hook', user(reminder('SessionStart:startup hook success: zorb')), 'hook:SessionStart text startup'],
    ['a hook without matcher', user(reminder('UserPromptSubmit hook success: zorb')), 'hook:UserPromptSubmit text'],
    ['an unknown reminder', user(reminder('By the way: zorb')), 'framework:reminder text'],
    [
      'MCP instructions',
      user(reminder('# MCP Server Instructions\n\nMind them.\n\n## river\nDrink.\n\n## Hints\nzorb')),
      'mcp:river instructions',
      servers,
    ],
    [
      'a line of the deferred tools',
      user(reminder('The following deferred tools are now available:\nMonitor\nmcp__hill__zorb')),
      'mcp:hill listing',
    ],
    [
      'a line of the skills',
      user(reminder('The following skills are available:\n\n- plug:tidy: Cleans.\n  Even zorb.\n- rest: Rests.')),
      'skill:plug:tidy listing',
    ],
    [
      'the frame of the skills',
      user(reminder('The following zorb skills are available:\n\n- tidy: Cleans.')),
      'framework:skill-listing listing',
    ],
    [
      'a line of the agents',
      user(reminder('Available agent types for the Agent tool:\n- scout: zorb (Tools: *)')),
      'agent:scout listing',
    ],
    [
      'agents in a description',
      { tools: [{ name: 'Task', description: 'Start.\n\nAvailable agent types:\n- scout: zorb\n\nMore.' }] },
      'agent:scout listing',
    ],
    [
      'a list in a description that says where agents are listed',
      {
        tools: [
          { name: 'Task', description: 'Available agent types are listed elsewhere.\n\nNotes:\n- Lookups: zorb.' },
        ],
      },
      'tool:Task definition Task',
    ],
    [
      'skills in a description',
      {
        tools: [
          {
            name: 'Skill',
            description:
              'Run.\n\n<available_skills>\n<skill>\n<name>\ntidy\n</name>\nzorb\n</skill>\n</available_skills>',
          },
        ],
      },
      'skill:tidy listing',
    ],
    [
      'commands in a description',
      {
        tools: [{ name: 'SlashCommand', description: 'Run.\n\nAvailable Commands:\n- /greet: zorb\nNotes:\n- None.' }],
      },
      'command:greet listing',
    ],
  ];
  test.each(cases)('%s', (_, body, owner, thread) => {
    expect(ownerOf(body, 'zorb', thread)).toBe(owner);
  });
});

test('an unknown paragraph of a system message belongs to the harness', () => {
  const body = systemMessage('You are powered by the model one.\n\nBy the way: two');
  expect([ownerOf(body, 'one'), ownerOf(body, 'two')]).toEqual([
    'framework:environment text',
    'framework:reminder text',
  ]);
});

test('a list in a skill’s description belongs to the skill, also outside tags; prose behind a blank line does not', () => {
  const list = '- tidy: Cleans.\n\n- desk: one\n## two\n- rest: three\n\nfour';
  const body = systemMessage(`The following skills are available:\n\n${list}\n\n<total_tokens>five</total_tokens>`);
  expect(['one', 'two', 'three', 'four', 'five'].map((word) => ownerOf(body, word))).toEqual([
    'skill:tidy listing',
    'skill:tidy listing',
    'skill:rest listing',
    'framework:reminder text',
    'framework:reminder reminder',
  ]);
});

test('paragraphs of a system message in mid-conversation have their own sources', () => {
  const content = [
    'SessionStart:startup hook success: one',
    "Contents of /a/CLAUDE.md (project instructions):\n\ntwo\n\ntwo more\n\nContents of /b.md (user's memory):\n\nthree",
    '# MCP Server Instructions\n\nThe following MCP servers have instructions:\n\n## hill\nfour',
    'The following skills are available:\n\n- tidy: five',
    "Today's date is six.",
  ].join('\n\n');
  const body = { tools: [{ name: 'mcp__hill__find' }], messages: [{ role: 'system', content }] };
  const words = ['one', 'two more', 'three', 'four', 'five', 'six'];
  expect(words.map((word) => ownerOf(body, word))).toEqual([
    'hook:SessionStart text startup',
    'memory:/a/CLAUDE.md body',
    'memory:/b.md body',
    'mcp:hill instructions',
    'skill:tidy listing',
    'framework:environment text',
  ]);
});

/** A request with text of the harness in mid-conversation. */
function systemMessage(content: string): object {
  return { tools: [{ name: 'Bash' }], messages: [{ role: 'system', content }] };
}

describe("a subagent's own request", () => {
  const thread = { knownServers: [], agent: { name: 'scout', prompt: 'Look for zorb.' } };
  const body = {
    system: [asBlock("You are Claude Code, somebody's tool."), asBlock('You scout for mellip.\n\n<env>\nzoft\n</env>')],
    messages: [
      { role: 'user', content: [asBlock(reminder('Contents of /a.md (x):\n\nquorn')), asBlock('Look for zorb.')] },
    ],
  };
  test.each([
    ['Claude Code', 'framework:system prompt'],
    ['mellip', 'agent:scout instructions'],
    ['zoft', 'framework:environment text'],
    ['quorn', 'memory:/a.md body'],
    ['zorb', 'agent:scout prompt'],
  ])('%s is %s', (word, owner) => expect(ownerOf(body, word, thread)).toBe(owner));
});
