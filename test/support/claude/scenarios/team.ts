import { join } from 'node:path';
import { call, type MakeScenario, text } from './scenario.js';

/** Teammates that get and send messages, and a schedule that fires, at the next full minute. */
export const team: MakeScenario = ({ words, cwd }) => {
  const [schedule, start, more] = Array.from({ length: 3 }, () => words.of('user'));
  const fired = words.of('tool:CronCreate');
  const task = words.of('agent:checker', 'tool:Agent');
  const message = words.of('agent:checker', 'tool:SendMessage');
  const order = words.of('agent:checker', 'tool:SendMessage');
  const idle = words.of('agent:checker', 'assistant');
  words.opener('Another Claude session sent a message', 'agent:checker', 'framework:reminder');
  return {
    files: {
      [join(cwd, '.claude', 'agents', 'checker.md')]:
        `---\nname: checker\ndescription: Checks ${words.of('agent:checker')}\n---\n\nYou check ${words.of('agent:checker')}\n`,
    },
    env: { CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS: '1' },
    settings: {
      teammateMode: 'in-process',
      permissions: { allow: ['Agent', 'SendMessage', 'CronCreate'], defaultMode: 'default' },
    },
    starts: [
      {
        terminal: async (terminal) => {
          await terminal.ask(`Remind me ${schedule}`, 'Reply one');
          await terminal.ask(`Start the checker ${start}`, 'Reply two');
          await terminal.until(() => terminal.isSent('idle_notification'), 'the message of the mate');
          await terminal.ask(`Tell the checker ${more}`, 'Reply three');
          await terminal.until(() => terminal.sees('Reply fired'), 'the schedule');
        },
      },
    ],
    answer: ({ last, all, turn, inAgent }) => {
      const has = (word: string | undefined, where = last) => word !== undefined && where.includes(word);
      if (inAgent) {
        const input = { to: 'team-lead', message: `Checked ${message}`, summary: 'Checked' };
        return turn === 0 ? [call('SendMessage', input, `t${turn}`)] : [text(`Idle ${idle}`)];
      }
      if (has(schedule) && !has('tool_result')) {
        return [call('CronCreate', { cron: '* * * * *', prompt: `Time is up ${fired}`, recurring: false }, `t${turn}`)];
      }
      if (has(start)) {
        const input = { description: 'Mate', subagent_type: 'checker', name: 'mate', prompt: `Check ${task}` };
        return [call('Agent', { ...input, run_in_background: true }, `t${turn}`)];
      }
      if (has(more)) {
        return [call('SendMessage', { to: 'mate', message: `Go on ${order}`, summary: 'Go on' }, `t${turn}`)];
      }
      if (has(fired) && !has('tool_result')) return [text('Reply fired')];
      if (has('tool_result'))
        return [text(has(more, all) ? 'Reply three' : has(start, all) ? 'Reply two' : 'Reply one')];
      return [text('Noted.')];
    },
  };
};
