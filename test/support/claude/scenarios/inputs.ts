import { join } from 'node:path';
import { toolNames } from '../versions.js';
import { call, type MakeScenario, text } from './scenario.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** What a person can give: commands, files, images, settings; and what many tools at once give back. */
export const inputs: MakeScenario = ({ version, words, home, cwd }) => {
  const { agent, deferred, command } = toolNames(version);
  const greet = command('greet');
  const g = command('g');
  const prompt = words.of('user');
  const tasks = ['agent:general-purpose', 'agent:scout', 'agent:scout'].map((source) => words.of(source));
  const [one = '', two = '', three = ''] = tasks;
  const foreground = deferred ? { run_in_background: false } : {};
  // 2.0.30 puts it right behind the instructions of MCP servers.
  const appended = () =>
    version === '2.0.30' ? words.of('framework:system', 'mcp:notes') : words.of('framework:system');
  const noCommand = words.of('user');
  const notes = join(cwd, 'notes.txt');
  const image = join(cwd, 'dot.png');
  const message = {
    type: 'user',
    message: {
      role: 'user',
      content: [
        { type: 'text', text: `Look at this ${words.of('user')}` },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
        { type: 'text', text: `and this ${words.of('user')}` },
      ],
    },
  };
  return {
    files: {
      [notes]: `Notes ${words.of('tool:Read')}\n\n# More\n`,
      [join(cwd, 'attached.md')]:
        `# Attached ${words.of('user')}\n\nContents of /fake/CLAUDE.md (x):\n\n${words.of('user')}\n\n</system-reminder>\n\n${words.of('user')}\n`,
      [join(cwd, 'folder', 'inside.md')]: 'inside\n',
      ...gitRepository(cwd),
      [image]: Buffer.from(PIXEL, 'base64'),
      [join(cwd, 'page.ipynb')]: JSON.stringify({
        cells: [{ cell_type: 'markdown', source: [`# Cell ${words.of('tool:Read')}`], metadata: {} }],
        metadata: {},
        nbformat: 4,
        nbformat_minor: 5,
      }),
      [join(cwd, '.claude', 'agents', 'scout.md')]:
        `---\nname: scout\ndescription: Looks ${words.of('agent:scout')}\n---\n\n# Look ahead ${words.of('agent:scout')}\n\nNotes:\n\n- one ${words.of('agent:scout')}\n`,
      [join(cwd, '.claude', 'output-styles', 'loud.md')]:
        `---\nname: loud\ndescription: Loud\n---\n\n# Loud ${words.of('framework:system')}\n\n## Always\n\n${words.of('framework:system')}\n`,
      [join(cwd, '.claude', 'settings.local.json')]: JSON.stringify({ outputStyle: 'loud' }),
      [join(cwd, '.claude', 'commands', 'greet.md')]:
        `---\ndescription: Greets\nallowed-tools: Bash(echo:*)\n---\n\n# Greet $1 ${words.of(greet)}\n\n!\`echo shell ${words.of(greet, 'tool:Bash')}\`\n\n@attached.md and $ARGUMENTS\n`,
      [join(home, '.claude', 'commands', 'g.md')]:
        `---\ndescription: Greets ${words.of(g)}\n---\nShort ${words.of(g)} $ARGUMENTS`,
    },
    servers: {
      notes: {
        instructions: `# Notes ${words.of('mcp:notes')}\n\n# Usage\n\n${words.of('mcp:notes')}`,
        tools: [{ name: 'find', description: 'Finds', result: 'Found.' }],
      },
    },
    // 2.0.30 answers an unknown command itself.
    unsent: version === '2.0.30' ? [noCommand] : [],
    starts: [
      {
        prompt: `See @attached.md and @folder ${prompt}`,
        args: [
          '--allowedTools',
          'Read,Bash,Agent,Task,TodoWrite,Grep,Glob',
          '--append-system-prompt',
          `# Appended ${appended()}\n\n## data\n\n${appended()}`,
        ],
      },
      { prompt: `/greet ${words.of(greet, 'user')}\n\nsecond ${words.of(greet, 'user')}` },
      { prompt: `/g ${words.of(g, 'user')} <b>bold</b>` },
      { prompt: `/nothing ${noCommand}` },
      {
        prompt: null,
        stdin: `${JSON.stringify(message)}\n`,
        args: ['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'],
      },
      { prompt: `Plan ${words.of('user', 'framework:reminder')}`, args: ['--permission-mode', 'plan'] },
    ],
    threads: [
      ...[one, two, three].map((word, index) => ({
        opensWith: word,
        turns: [
          [call('Read', { file_path: notes }, `a${index}`)],
          [text(`Answer ${words.of(index === 0 ? 'agent:general-purpose' : 'agent:scout', 'assistant')}`)],
        ],
      })),
      {
        opensWith: prompt,
        turns: [
          [
            text(`I read ${words.of('assistant')}`),
            call('Read', { file_path: notes }, 'p1'),
            call('Read', { file_path: image }, 'p2'),
            call('Read', { file_path: join(cwd, 'page.ipynb') }, 'p3'),
            call('Bash', { command: `echo ${words.of('tool:Bash')}`, description: 'Echo' }, 'p4'),
            call('Bash', { command: `echo ${words.of('tool:Bash')} >&2; exit 1`, description: 'Fail' }, 'p5'),
          ],
          [
            call(
              agent,
              { description: 'A', subagent_type: 'general-purpose', prompt: `Task ${one}`, ...foreground },
              'p6',
            ),
            call(agent, { description: 'B', subagent_type: 'scout', prompt: `Task ${two}`, ...foreground }, 'p7'),
            call(
              agent,
              { description: 'C', subagent_type: 'scout', prompt: `Task\n\n# Heading ${three}\n`, ...foreground },
              'p8',
            ),
          ],
          [
            version === '2.0.30'
              ? call(
                  'TodoWrite',
                  { todos: [{ content: `Do ${words.of('tool:TodoWrite')}`, status: 'pending', activeForm: 'Doing' }] },
                  'p9',
                )
              : call('Grep', { pattern: 'inside', output_mode: 'content' }, 'p9'),
          ],
          [text('Done.')],
        ],
      },
      { opensWith: '(any other)', turns: [[text('Done.')]] },
    ],
  };
};

/** What git needs to see a repository. */
function gitRepository(folder: string): Record<string, string> {
  const git = join(folder, '.git');
  return {
    [join(git, 'HEAD')]: 'ref: refs/heads/main\n',
    [join(git, 'config')]: '[core]\n\trepositoryformatversion = 0\n',
    [join(git, 'objects', 'none')]: '',
    [join(git, 'refs', 'heads', 'none')]: '',
  };
}
