import { describe, expect, test } from 'vitest';
import type { ThreadContext } from '../../../src/model/segment.js';
import { asBlock, called, failed, ownerOf, reminder, user } from '../../support/owner-of.js';

/** A compacted conversation as 2.1.150 resumes it: what a tool had read stands before the summary. */
function restored(call: string, result: string): object {
  const summary = 'This session is being continued from a previous conversation that ran out of context.';
  return {
    messages: [
      { role: 'user', content: reminder(call) },
      { role: 'user', content: [reminder(result), summary, 'Continue from where you left off.'].map(asBlock) },
      { role: 'system', content: 'Called the Read tool with the following input: {}\nResult of calling it:\n1\tlate' },
    ],
  };
}

describe('texts of a conversation belong to their authors', () => {
  const cases: [string, unknown, string, ThreadContext?][] = [
    [
      'a slash command',
      user(
        '<command-message>greet</command-message>\n<command-name>/greet</command-name>\n<command-args>zorb</command-args>',
      ),
      'command:greet call',
    ],
    [
      'the body of a command',
      user('<command-message>greet</command-message>\n<command-name>/greet</command-name>', 'Say zorb.'),
      'command:greet body',
    ],
    [
      'what follows a local command',
      user(
        '<command-name>/model</command-name>\n<command-message>model</command-message>',
        '<local-command-stdout>ok</local-command-stdout>',
        'zorb',
      ),
      'user text',
    ],
    [
      'a summary',
      user('This session is being continued from a previous conversation that ran out of context. zorb'),
      'framework:compaction body',
    ],
    [
      'a skill description with a list of its own',
      user(reminder('The following skills are available:\n\n- tidy: Cleans.\n\n- desk: zorb\n- rest: Rests.')),
      'skill:tidy listing',
    ],
    [
      'a server that is still connecting',
      user(
        reminder(
          'The following deferred tools are now available:\nMonitor\n\nThe following MCP servers are still connecting:\nzorb\n\nWait.',
        ),
      ),
      'mcp:zorb listing',
    ],
    [
      'a skill that was typed as a command',
      user(
        '<command-message>tidy</command-message>\n<command-name>/tidy</command-name>\n<command-args>zorb</command-args>',
        'Base directory for this skill: /s/other-folder\n\nClean.',
      ),
      'skill:tidy call',
    ],
    [
      'the prompt of an MCP server, typed as a command',
      user(
        '<command-message>x</command-message>\n<command-name>/mcp__hill__brief</command-name>\n<command-args></command-args>',
        'Be zorb.',
      ),
      'mcp:hill body',
    ],
    [
      'the prompt of an MCP server in 2.0.30',
      user(
        '<command-message>hill:brief (MCP) is running…</command-message>\n<command-name>/hill:brief (MCP)</command-name>\n<command-args>zorb</command-args>',
      ),
      'mcp:hill call',
    ],
    [
      'a command that a tool launched',
      called('Skill', { skill: 'ops:deploy' }, 'Launching skill: ops:deploy', '# Deploy\n\nzorb'),
      'skill:ops:deploy body',
    ],
    [
      'a call that a hook refused',
      failed('Glob', {}, 'PreToolUse:Glob hook error: [check.sh]: zorb'),
      'hook:PreToolUse result Glob',
    ],
    [
      'what a Stop hook wants',
      { tools: [{ name: 'Bash' }], messages: [{ role: 'user', content: 'Stop hook feedback:\n[check.sh]: zorb' }] },
      'hook:Stop text',
    ],
    [
      'what a hook wants of a subagent that stops',
      user('Stop hook feedback:\n[check.sh]: zorb'),
      'hook:SubagentStop text',
      { knownServers: [], agent: { name: 'scout', prompt: 'Look.' } },
    ],
    [
      'the output of a command that a side call checks',
      { messages: [{ role: 'user', content: [asBlock('Command: ls\nOutput: zorb\n\n')] }] },
      'tool:Bash result',
    ],
    [
      'what was appended behind the environment',
      { system: '<env>\nWorking directory: /a\n</env>\n\n# More\n\nzorb' },
      'framework:system prompt',
    ],
    [
      'the git status behind what was appended',
      { system: 'Be kind.\n\nMore.\ngitStatus: This is the git status at the start\n\nStatus:\nzorb' },
      'framework:environment text',
    ],
    ['an output style', user(reminder('# Output Style: loud\n# Loud\n\nzorb')), 'framework:system instructions'],
    [
      'a file that is restored after a compaction',
      user(
        'This session is being continued from a previous conversation that ran out of context.',
        reminder('Result of calling the Read tool:\n1\tzorb'),
      ),
      'tool:Read document',
    ],
    ['an attached file', user(reminder('Result of calling the Read tool:\n1\tzorb'), 'See it.'), 'user document'],
    ['an image', user({ type: 'image', source: { zorb: 1 } }), 'user image'],
    [
      'a skill that was typed, in 2.1.1',
      user(
        '<command-message>The "tidy" skill is running</command-message>\n<command-name>tidy</command-name>',
        'Base directory for this skill: /s/tidy\n\nzorb',
      ),
      'skill:tidy body',
    ],
    [
      'a call that a hook refused, in 2.0.0',
      failed('Glob', {}, 'Glob operation blocked by hook:\n- zorb'),
      'hook:PreToolUse result Glob',
    ],
    ['a call', called('Bash', { command: 'zorb' }, 'ok'), 'tool:Bash call'],
    ['a result', called('Bash', {}, 'zorb'), 'tool:Bash result'],
    ['a read file', called('Read', { file_path: '/a/b.ts' }, [asBlock('1\tzorb')]), 'tool:Read result /a/b.ts'],
    ['an MCP result', called('mcp__hill__find', {}, 'zorb'), 'mcp:hill result'],
    ['a resource', called('ReadMcpResourceTool', { server: 'hill', uri: 'a://b' }, 'zorb'), 'mcp:hill result a://b'],
    ['a skill call', called('Skill', { skill: 'tidy', args: 'zorb' }, 'Launching skill: tidy'), 'skill:tidy call'],
    ['a skill call of 2.0.30', called('Skill', { command: 'tidy' }, 'zorb'), 'skill:tidy result'],
    [
      'a skill body',
      called(
        'Skill',
        { skill: 'p:tidy' },
        'Launching skill: p:tidy',
        'Base directory for this skill: /s/tidy\n\n# One\n\n# Two\nzorb',
      ),
      'skill:p:tidy body',
    ],
    ['an agent call', called('Agent', { subagent_type: 'scout', prompt: 'zorb' }, 'ok'), 'agent:scout call'],
    [
      'an agent answer',
      called('Task', { subagent_type: 'scout', prompt: 'Look.' }, [asBlock('zorb')]),
      'agent:scout result',
    ],
    [
      'an agent notification',
      called(
        'Agent',
        { subagent_type: 'scout', prompt: 'Look.' },
        'ok',
        '<task-notification>\n<tool-use-id>call_1</tool-use-id>\nzorb</task-notification>',
      ),
      'agent:scout result',
    ],
    [
      'an agent notification behind a result',
      called('Agent', { subagent_type: 'scout', prompt: 'Look.' }, [
        asBlock('ok'),
        asBlock(
          reminder(
            '[SYSTEM NOTIFICATION - NOT USER INPUT]\nMind it.\n\n<task-notification>\n<tool-use-id>call_1</tool-use-id>\nzorb</task-notification>',
          ),
        ),
      ]),
      'agent:scout result',
    ],
    ['an own line of the harness', called('ToolSearch', {}, 'ok', 'Tool loaded.'), 'framework:reminder reminder'],
    ['assistant text', { messages: [{ role: 'assistant', content: 'zorb' }] }, 'assistant text'],
    [
      'thinking',
      { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'zorb', signature: 'x' }] }] },
      'assistant thinking',
    ],
    [
      'a result without a call',
      { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'lost', content: 'zorb' }] }] },
      'unknown result',
    ],
    ['an unknown block', { messages: [{ role: 'user', content: [{ type: 'hologram', zorb: 1 }] }] }, 'unknown text'],
  ];
  test.each(cases)('%s', (title, body, owner, thread) => {
    expect(ownerOf(body, title === 'an own line of the harness' ? 'Tool loaded' : 'zorb', thread)).toBe(owner);
  });
});

test('a file that a tool had read before a compaction is the tool’s, before and behind the summary', () => {
  const call = 'Called the Read tool with the following input: {"file_path":"/a/one"}';
  const body = restored(call, 'Result of calling the Read tool:\n1\ttwo');
  expect(['one', 'two', 'ran out', 'left off', 'late'].map((word) => ownerOf(body, word))).toEqual([
    'tool:Read document /a/one',
    'tool:Read document',
    'framework:compaction body',
    'framework:reminder reminder',
    'tool:Read document',
  ]);
});

test('a first message that lists the deferred tools is a listing, not a prompt', () => {
  const listing = '<available-deferred-tools>\nWebFetch\nmcp__hill__find\n</available-deferred-tools>';
  const instructions = '# MCP Server Instructions\n\n## hill\nzorb';
  const messages = [
    { role: 'user', content: listing },
    { role: 'user', content: reminder(instructions) },
  ];
  const body = { tools: [{ name: 'Bash' }], messages };
  expect(['<available', 'WebFetch', 'hill__find', '</available', 'zorb'].map((word) => ownerOf(body, word))).toEqual([
    'framework:tool-listing listing',
    'tool:WebFetch listing',
    'mcp:hill listing',
    'framework:tool-listing listing',
    'mcp:hill instructions',
  ]);
});
