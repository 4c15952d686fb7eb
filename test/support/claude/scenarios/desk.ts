import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClaudeTerminal } from '../claude-terminal.js';
import { type Editor, startEditor } from '../editor.js';
import { call, hook, hookJson, type MakeScenario, text } from './scenario.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const paste = (pasted: string) => `\x1b[200~${pasted}\x1b[201~`;

/** A person at a terminal with an editor beside it, in auto mode: selections, files that change, servers that go and come, and agents that report. */
export const desk: MakeScenario = ({ model, words, home, cwd }) => {
  // Sonnet 4.5 has no auto mode, in which agents report by a tool.
  const hasAuto = model !== 'claude-sonnet-4-5';
  const file = join(cwd, 'notes.txt');
  const memory = join(cwd, 'CLAUDE.md');
  const image = join(cwd, 'dot.png');
  const user = () => words.of('user');
  const [select, ask, mention, edit, slow, queued, picture, off, on, bang, stop] = Array.from({ length: 11 }, user);
  const selected = [user(), user(), user()];
  const task = words.of('agent:checker', 'tool:Agent', 'user');
  const report = [
    words.of('agent:checker', 'tool:SubagentHandback'),
    words.of('agent:checker', 'tool:SubagentHandback'),
  ];
  const changed = words.of(`memory:${memory}`);
  const added = { skill: words.of('skill:newsk'), agent: words.of('agent:newag') };
  const blocked = words.of('hook:Stop');
  const problem = [words.of('framework:reminder', 'mcp:ide'), words.of('framework:reminder', 'mcp:ide')];
  if (hasAuto) words.opener('While auto mode is active:', 'framework:reminder');
  words.opener('The user opened the file', 'framework:reminder');
  words.opener('The following new diagnostic issues were detected', 'framework:reminder');
  // In tags the frame goes with what it holds.
  words.opener(
    'This may or may not be related to the current task',
    'framework:reminder',
    ...(hasAuto ? [] : ['user']),
  );
  words.opener('This is how Claude Code surfaces messages', 'framework:reminder', ...(hasAuto ? [] : ['user']));
  words.opener('changed on disk since you last read it', `memory:${memory}`);
  words.opener('Write the title in', 'framework:system');
  if (hasAuto) {
    words.opener('Err on the side of blocking', 'framework:system');
    words.opener('Another Claude session sent a message', 'agent:checker', 'framework:reminder');
  }
  words.opener('[Image: source:', 'user', 'framework:reminder');
  // What hooks of these events print is sent to nobody.
  const unsent = [words.of('hook:Notification'), words.of('hook:SessionEnd')];
  let hasEdited = false;

  const sitDown = async (terminal: ClaudeTerminal, editor: Editor): Promise<void> => {
    await terminal.until(() => editor.isConnected(), 'the editor');
    editor.select(file, `# Targets ${selected[0]}\n- deploy: ${selected[1]}\n\n- rollback: ${selected[2]}`, {
      from: 0,
      to: 3,
    });
    await terminal.until(() => terminal.sees('⧉'), 'the selection');
    await terminal.ask(`Start ${select}`, 'Reply one');
    editor.select(join(cwd, 'other.txt'), '', { from: 0, to: 0 });
    await terminal.until(() => terminal.sees('other.txt'), 'the opened file');
    await terminal.ask(`Ask the checker ${ask}`, 'Reply two');
    await terminal.until(
      () => terminal.isSent('agent-message') || terminal.isSent('<task-notification>'),
      'the report of the checker',
    );

    await appendFile(memory, `Changed ${changed}\n`);
    await mkdir(join(cwd, '.claude', 'skills', 'newsk'), { recursive: true });
    await writeFile(
      join(cwd, '.claude', 'skills', 'newsk', 'SKILL.md'),
      `---\nname: newsk\ndescription: New ${added.skill}\n---\n\nBody\n`,
    );
    await writeFile(
      join(cwd, '.claude', 'agents', 'newag.md'),
      `---\nname: newag\ndescription: New ${added.agent}\n---\n\nYou are new.\n`,
    );
    await terminal.ask(`Mention @atlas:doc://one ${mention}`, 'Reply three');
    await terminal.ask(`Edit the notes ${edit}`, 'Reply four');
    editor.diagnose(file, `Broken ${problem[0]}\n\nand ${problem[1]}`);

    await terminal.send(`Be slow ${slow}`, () => terminal.isSent(slow ?? ''));
    await terminal.ask(`By the way ${queued}`, 'Reply five');
    terminal.type(paste(image));
    await terminal.until(() => terminal.sees('[Image #1]'), 'the image');
    await terminal.ask(` What is it ${picture}`, 'Reply six');

    await terminal.send('/mcp disable atlas', () => terminal.sees('Turned off') || terminal.sees('isabled'));
    await terminal.ask(`Off ${off}`, 'Reply seven');
    await terminal.send('/mcp enable atlas', () => terminal.sees('Turned on') || terminal.sees('econnected'));
    await terminal.ask(`On ${on}`, 'Reply eight');
    terminal.type('!');
    await terminal.send(` echo ${bang}`, () => terminal.sees('Reply bang'));
    await writeFile(join(cwd, 'ready'), '');
    await terminal.ask(`Stop ${stop}`, 'Reply nine');
    await terminal.until(() => terminal.sees('Reply ten'), 'what follows the hook');
  };

  return {
    unsent: [...unsent, ...(hasAuto ? [] : report.slice(1))],
    files: {
      [memory]: `Memory ${words.of(`memory:${memory}`)}\n`,
      [file]: `Notes ${words.of('tool:Read')}\nsecond line\n`,
      [image]: Buffer.from(PIXEL, 'base64'),
      [join(cwd, '.claude', 'agents', 'checker.md')]:
        `---\nname: checker\ndescription: Checks ${words.of('agent:checker')}\n---\n\nYou check ${words.of('agent:checker')}\n`,
      [join(home, '.claude', 'settings.json')]: '{}',
    },
    servers: {
      atlas: {
        instructions: `Ask atlas ${words.of('mcp:atlas')}`,
        tools: [{ name: 'find', description: 'Finds', result: 'Found.' }],
        resources: [
          { uri: 'doc://one', name: 'One', text: `A ${words.of('mcp:atlas')}\n\nand ${words.of('mcp:atlas')}` },
        ],
      },
    },
    hooks: {
      Stop: [
        {
          hooks: [
            {
              type: 'command',
              command: `[ -e ${join(cwd, 'ready')} ] && [ ! -e ${join(cwd, 'stopped')} ] || exit 0; touch ${join(cwd, 'stopped')}; ${
                (hookJson({ decision: 'block', reason: `Not yet ${blocked}` }) as { command: string }).command
              }`,
            },
          ],
        },
      ],
      Notification: [{ hooks: [hook(`Notified ${unsent[0]}`)] }],
      SessionEnd: [{ hooks: [hook(`Ended ${unsent[1]}`)] }],
    },
    settings: {
      permissions: {
        allow: ['Agent', 'Bash', 'Read', 'Edit', 'SubagentHandback', 'mcp__atlas'],
        defaultMode: hasAuto ? 'auto' : 'default',
      },
    },
    starts: [
      {
        args: ['--ide'],
        terminal: async (terminal) => {
          const editor = await startEditor(home, cwd);
          try {
            await sitDown(terminal, editor);
          } finally {
            await editor.close();
          }
        },
      },
    ],
    answer: ({ last, all, turn, inAgent, body }) => {
      const has = (word: string | undefined, where = last) => word !== undefined && where.includes(word);
      if (inAgent) {
        const tools = JSON.stringify(body.tools ?? []);
        return turn === 0 && tools.includes('"SubagentHandback"')
          ? [call('SubagentHandback', { message: `All good ${report[0]}\n\nand ${report[1]}` }, `k${turn}`)]
          : [text(`All good ${report[0]}`)];
      }
      if (last.includes('tool_result')) {
        if (has(edit, all) && !hasEdited) {
          hasEdited = true;
          return [call('Edit', { file_path: file, old_string: 'second', new_string: 'third' }, `d${turn}`)];
        }
        if (has(queued)) return [text('Reply five')];
        return [text(has(slow, all) ? 'Slept.' : has(edit, all) ? 'Reply four' : 'Reply two')];
      }
      const replies: [string | undefined, string][] = [
        [select, 'one'],
        [mention, 'three'],
        [queued, 'five'],
        [picture, 'six'],
        [off, 'seven'],
        [on, 'eight'],
        [bang, 'bang'],
        [stop, 'nine'],
        [blocked, 'ten'],
      ];
      if (has(ask)) {
        const input = {
          description: 'Check',
          subagent_type: 'checker',
          prompt: `Check it ${task}`,
          run_in_background: true,
        };
        return [call('Agent', input, `d${turn}`)];
      }
      if (has(edit)) return [call('Read', { file_path: file }, `d${turn}`)];
      if (has(slow)) {
        // Until the message is queued, as the transcript says; not found in what asks for it.
        const isQueued = `grep -rqs '${queued?.replace(/x$/, '[x]')}' ${join(home, '.claude', 'projects')}`;
        const command = `for i in $(seq 300); do ${isQueued} && break; sleep 0.1; done; echo slept`;
        return [call('Bash', { command, description: 'Wait' }, `d${turn}`)];
      }
      const reply = replies.find(([word]) => has(word));
      return [text(reply === undefined ? 'Noted.' : `Reply ${reply[1]}`)];
    },
  };
};
