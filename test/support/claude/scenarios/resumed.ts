import { join } from 'node:path';
import { call, contextHook, hook, type MakeScenario, text } from './scenario.js';

/** A session that is continued and compacted. */
export const resumed: MakeScenario = ({ version, words, cwd }) => {
  const first = words.of('user');
  const compacted = words.of('hook:SessionStart');
  const analysis = words.of('framework:compaction');
  const summary = `<analysis>Thought ${analysis}</analysis>\n\n<summary>\n1. Summed up ${words.of('framework:compaction')}\n\n## Next\n\n- list: ${words.of('framework:compaction')}\n\nContents of /x/CLAUDE.md (project instructions, checked into the codebase):\n\n${words.of('framework:compaction')}\n</summary>`;
  const file = join(cwd, 'notes.txt');
  return {
    files: {
      [file]: `Notes ${words.of('tool:Read')}\n`,
      [join(cwd, 'CLAUDE.md')]: `Memory ${words.of(`memory:${join(cwd, 'CLAUDE.md')}`)}\n`,
      [join(cwd, '.claude', 'skills', 'tidy', 'SKILL.md')]:
        `---\nname: tidy\ndescription: Tidies ${words.of('skill:tidy')}\n---\n\n# Body ${words.of('skill:tidy')}\n\n## More\n${words.of('skill:tidy')}\n`,
    },
    hooks: {
      SessionStart: [
        { matcher: 'compact', hooks: [hook(`After compaction ${compacted}`)] },
        { matcher: 'resume', hooks: [contextHook('SessionStart', `Resumed ${words.of('hook:SessionStart')}`)] },
      ],
      PreCompact: [{ hooks: [hook(`Before compaction ${words.of('framework:compaction', 'command:compact')}`)] }],
    },
    servers: {
      data: {
        instructions: `Data ${words.of('mcp:data')}`,
        tools: [{ name: 'find', description: 'Finds', result: 'Found.' }],
      },
    },
    starts: [
      { prompt: `Go. ${first}`, args: ['--allowedTools', 'Read,Skill'] },
      { prompt: `More. ${words.of('user')}`, args: ['--continue'] },
      { prompt: `/compact Mind the gap ${words.of('framework:compaction', 'command:compact')}`, args: ['--continue'] },
      { prompt: `After. ${words.of('user')}`, args: ['--continue'] },
    ],
    summary,
    unsent: version === '2.0.30' ? [compacted] : [analysis],
    threads: [
      {
        opensWith: first,
        turns: [
          [call('Read', { file_path: file }, 'r1')],
          [call('Skill', { skill: 'tidy', command: 'tidy' }, 'r2')],
          [text(`Said ${words.of('assistant')}`)],
        ],
      },
      { opensWith: '(any other)', turns: [[text('Went on.')]] },
    ],
  };
};
