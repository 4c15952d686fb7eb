import { join } from 'node:path';
import { toolNames } from '../versions.js';
import { call, type MakeScenario, text } from './scenario.js';

/** Memory files of every kind; some quote what other memory files look like. */
export const memory: MakeScenario = ({ version, words, home, cwd }) => {
  const { agent, deferred } = toolNames(version);
  const prompt = words.of('user');
  const task = words.of('agent:general-purpose');
  const file = (path: string, more = '') => {
    const word = () => words.of(`memory:${path}`);
    return `# Title ${word()}

Text ${word()}

## Section: one

- list ${word()}

\`\`\`
fence ${word()}
\`\`\`
${more}
last ${word()}
`;
  };
  const quoting = (path: string) => {
    const word = () => words.of(`memory:${path}`);
    return `
<system-reminder>
SessionStart:startup hook success: ${word()}
</system-reminder>

Contents of /quoted/CLAUDE.md (project instructions, checked into the codebase):

${word()}

# currentDate
Today's date is ${word()}

# MCP Server Instructions

## data
${word()}

The following skills are available for use with the Skill tool:

- fake: ${word()}

`;
  };
  const paths = {
    user: join(home, '.claude', 'CLAUDE.md'),
    imported: join(home, 'style.md'),
    project: join(cwd, 'CLAUDE.md'),
    local: join(cwd, 'CLAUDE.local.md'),
    docs: join(cwd, 'docs', 'style(old).md'),
    rule: join(cwd, '.claude', 'rules', 'ts.md'),
    pathRule: join(cwd, '.claude', 'rules', 'sub.md'),
    nested: join(cwd, 'sub', 'CLAUDE.md'),
    deep: join(cwd, 'sub', 'deep', 'CLAUDE.md'),
  };
  const ruled = version !== '2.0.30';
  return {
    files: {
      [paths.user]: file(paths.user, '\n@~/style.md\n'),
      [paths.imported]: file(paths.imported),
      [paths.project]: file(paths.project, `${quoting(paths.project)}\n@docs/style(old).md\n`),
      [paths.local]: file(paths.local),
      [paths.docs]: file(paths.docs),
      ...(ruled
        ? {
            [paths.rule]: file(paths.rule),
            [paths.pathRule]: `---\npaths: sub/**/*.ts\n---\n${file(paths.pathRule)}`,
          }
        : {}),
      [paths.nested]: file(paths.nested, quoting(paths.nested)),
      [paths.deep]: file(paths.deep),
      [join(cwd, 'sub', 'deep', 'code.ts')]: `code ${words.of('tool:Read')}\n`,
      [join(cwd, 'sub', 'other.ts')]: `code ${words.of('tool:Read')}\n`,
    },
    servers: {
      data: { instructions: `Data ${words.of('mcp:data')}`, tools: [{ name: 'find', description: 'f', result: 'r' }] },
    },
    starts: [{ prompt: `Go. ${prompt}`, args: ['--allowedTools', 'Read,Agent,Task'] }],
    threads: [
      {
        opensWith: task,
        turns: [[call('Read', { file_path: join(cwd, 'sub', 'deep', 'code.ts') }, 'y1')], [text('Read.')]],
      },
      {
        opensWith: prompt,
        turns: [
          [call('Read', { file_path: join(cwd, 'sub', 'other.ts') }, 'x1')],
          [call('Read', { file_path: join(cwd, 'sub', 'deep', 'code.ts') }, 'x2')],
          [
            call(
              agent,
              {
                description: 'Go',
                subagent_type: 'general-purpose',
                prompt: `Task ${task}`,
                ...(deferred ? { run_in_background: false } : {}),
              },
              'x3',
            ),
          ],
          [text('Done.')],
        ],
      },
    ],
  };
};
