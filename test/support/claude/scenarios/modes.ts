import { join } from 'node:path';
import { call, contextHook, hook, type MakeScenario, text } from './scenario.js';

/** One session in every permission mode, each entered and left: behind listings, hooks and MCP instructions, in a subagent, after a compaction. */
export const modes: MakeScenario = ({ version, words, cwd }) => {
  const hasAuto = version !== '2.0.30';
  const steers = !hasAuto || version === '2.1.197' ? 'Auto Mode Active' : 'While auto mode is active:';
  const prompts = Array.from({ length: 7 }, () => words.of('user'));
  const [plan, leave, auto, bypass, edits, never, last] = prompts;
  const task = words.of('agent:general-purpose', 'tool:Agent');
  const ran = words.of('hook:PostToolUse');
  const big = 'big.txt';
  words.opener('Plan mode is active', 'framework:reminder');
  if (hasAuto) {
    words.opener('## Plan Workflow', 'framework:reminder');
    words.opener('Exited Plan Mode', 'framework:reminder');
    words.opener('You have exited plan mode', 'framework:reminder');
    words.opener(steers, 'framework:reminder');
  }
  if (hasAuto && version !== '2.1.197') {
    words.opener('While bypass permissions mode is active:', 'framework:reminder');
    words.opener('You can do much of your work', 'framework:reminder');
    words.opener('Environment update', 'framework:environment');
    words.opener('Its contents were not attached', 'framework:reminder', 'user');
  }
  const enter = (prompt: string | undefined, mode: string) => ({
    prompt: prompt ?? '',
    args: ['--continue', '--permission-mode', mode],
  });
  return {
    files: {
      [join(cwd, 'CLAUDE.md')]: `Memory ${words.of(`memory:${join(cwd, 'CLAUDE.md')}`)}\n`,
      [join(cwd, big)]: 'A long file.\n'.repeat(30_000),
      [join(cwd, 'sub', 'x.txt')]: 'x\n',
      [join(cwd, '.claude', 'skills', 'tidy', 'SKILL.md')]:
        `---\nname: tidy\ndescription: Tidies ${words.of('skill:tidy')}\n---\n\nBody\n`,
    },
    servers: {
      atlas: {
        instructions: `Ask atlas ${words.of('mcp:atlas')}`,
        tools: [{ name: 'find', description: 'Finds', result: 'Found.' }],
      },
    },
    hooks: {
      SessionStart: [{ hooks: [hook(`Started ${words.of('hook:SessionStart')}`)] }],
      UserPromptSubmit: [{ hooks: [contextHook('UserPromptSubmit', `Heard ${words.of('hook:UserPromptSubmit')}`)] }],
      PostToolUse: [{ matcher: 'Bash', hooks: [contextHook('PostToolUse', `Ran ${ran}`)] }],
    },
    // Bypassing permissions as root.
    env: { IS_SANDBOX: '1' },
    summary: `<summary>\nSummed up ${words.of('framework:compaction')}\n</summary>`,
    starts: [
      {
        prompt: `Please have a look at the file @${big} and then say what you think of it ${plan}`,
        args: ['--permission-mode', 'plan', '--allowedTools', 'Bash(cd:*),Bash(pwd),Agent,Task'],
      },
      enter(leave, 'default'),
      ...(hasAuto
        ? [
            enter(auto, 'auto'),
            { prompt: '/compact', args: ['--continue'] },
            enter(bypass, 'bypassPermissions'),
            enter(edits, 'acceptEdits'),
            enter(never, 'dontAsk'),
          ]
        : [{ prompt: '/compact', args: ['--continue'] }]),
      enter(last, 'plan'),
    ],
    answer: ({ last: heard, turn, inAgent }) => {
      if (inAgent) return [text('Done ahead.')];
      if (heard.includes('tool_result')) return [text('Done.')];
      if (hasAuto && auto !== undefined && heard.includes(auto)) {
        return [
          call('Bash', { command: 'cd sub && pwd', description: 'Go' }, `m${turn}`),
          call(
            'Agent',
            {
              description: 'Look',
              subagent_type: 'general-purpose',
              prompt: `Look ahead ${task}`,
              run_in_background: false,
            },
            `n${turn}`,
          ),
        ];
      }
      return [text('Yes.')];
    },
    // Tools are called in auto mode alone.
    unsent: hasAuto ? [] : [task, ran, auto, bypass, edits, never].filter((word) => word !== undefined),
  };
};
