import { join } from 'node:path';
import { toolNames } from '../versions.js';
import { call, contextHook, hook, hookJson, type MakeScenario, text } from './scenario.js';

/** A hook of every event that can put text into the context, in every form. */
export const hooks: MakeScenario = ({ version, words, cwd }) => {
  const { agent, deferred } = toolNames(version);
  const prompt = words.of('user');
  const again = words.of('user');
  const task = words.of('agent:scout');
  const long = (event: string) => {
    const word = () => words.of(`hook:${event}`);
    return `first ${word()}

# Heading ${word()}

- list: ${word()}

## data

last ${word()}`;
  };
  // Older versions give the reason as the tool's own failure.
  const refusal = () =>
    `No. ${version.startsWith('2.1.3') ? words.of('hook:PreToolUse') : words.of('hook:PreToolUse', 'tool:Write')}\n\n# Why`;
  const block = (event: string) => hookJson({ decision: 'block', reason: `Not so. ${words.of(`hook:${event}`)}` });
  const once = (name: string, command: object): object => {
    const { command: script } = command as { command: string };
    return { type: 'command', command: `[ -e ${join(cwd, name)} ] && exit 0; touch ${join(cwd, name)}\n${script}` };
  };
  const before = words.of('hook:PreToolUse');
  const file = join(cwd, 'notes.txt');
  return {
    files: {
      [file]: `Notes ${words.of('tool:Read')}\n`,
      [join(cwd, '.claude', 'agents', 'scout.md')]:
        `---\nname: scout\ndescription: Looks\n---\n\nLook ahead ${words.of('agent:scout')}\n`,
      [join(cwd, 'CLAUDE.md')]: `Memory ${words.of(`memory:${join(cwd, 'CLAUDE.md')}`)}\n`,
    },
    hooks: {
      SessionStart: [{ hooks: [hook(long('SessionStart')), contextHook('SessionStart', long('SessionStart'))] }],
      UserPromptSubmit: [
        { hooks: [hook(long('UserPromptSubmit')), contextHook('UserPromptSubmit', long('UserPromptSubmit'))] },
      ],
      PreToolUse: [
        { matcher: 'Read', hooks: [contextHook('PreToolUse', `Before ${before}`)] },
        { matcher: 'Glob', hooks: [hook(long('PreToolUse'), { exitCode: 2, stream: 2 })] },
        {
          matcher: 'Write',
          hooks: [
            hookJson({
              hookSpecificOutput: {
                hookEventName: 'PreToolUse',
                permissionDecision: 'deny',
                permissionDecisionReason: refusal(),
              },
            }),
          ],
        },
      ],
      PostToolUse: [
        {
          matcher: 'Read|Bash',
          hooks: [
            contextHook('PostToolUse', long('PostToolUse')),
            hook(long('PostToolUse'), { exitCode: 2, stream: 2 }),
          ],
        },
        { matcher: 'Bash', hooks: [block('PostToolUse')] },
      ],
      ...(version === '2.0.30'
        ? {}
        : {
            PostToolUseFailure: [
              { matcher: 'Bash', hooks: [contextHook('PostToolUseFailure', long('PostToolUseFailure'))] },
            ],
          }),
      Stop: [{ hooks: [once('stop1', block('Stop')), once('stop2', hook(long('Stop'), { exitCode: 2, stream: 2 }))] }],
      ...(version === '2.0.30'
        ? {}
        : { SubagentStart: [{ hooks: [contextHook('SubagentStart', long('SubagentStart'))] }] }),
      SubagentStop: [{ hooks: [once('stop3', hook(long('SubagentStop'), { exitCode: 2, stream: 2 }))] }],
    },
    // 2.0.30 has no context from this event.
    unsent: version === '2.0.30' ? [before] : [],
    starts: [
      { prompt: `Go. ${prompt}`, args: ['--allowedTools', 'Bash,Read,Agent,Task,Glob,Write'] },
      { prompt: `More. ${again}`, args: ['--continue'] },
    ],
    threads: [
      {
        opensWith: task,
        turns: [[call('Read', { file_path: file }, 'k9')], [text(`Ahead ${words.of('agent:scout', 'assistant')}`)]],
      },
      {
        opensWith: prompt,
        turns: [
          [call('Read', { file_path: file }, 'k1')],
          [
            call('Bash', { command: 'true; echo fine', description: 'True' }, 'k2'),
            call('Bash', { command: 'exit 3', description: 'False' }, 'k3'),
          ],
          [call('Glob', { pattern: '*' }, 'k4'), call('Write', { file_path: join(cwd, 'w.txt'), content: 'w' }, 'k5')],
          [
            call(
              agent,
              {
                description: 'Go',
                subagent_type: 'scout',
                prompt: `Task ${task}`,
                ...(deferred ? { run_in_background: false } : {}),
              },
              'k6',
            ),
          ],
          [text('Done.')],
        ],
      },
    ],
  };
};
