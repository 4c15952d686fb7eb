import { join } from 'node:path';
import { call, type MakeScenario, text } from './scenario.js';

/** Agents with a memory and preloaded skills, in the background, and skills that are agents: called and typed. */
export const agents: MakeScenario = ({ version, words, cwd }) => {
  const prompt = words.of('user');
  const again = words.of('user');
  const memoTask = words.of('agent:memo', 'tool:Agent');
  const watchTask = words.of('agent:watcher', 'tool:Agent');
  const typed = words.of('skill:forky', 'user');
  const argument = words.of('skill:forky');
  const answered = words.of('assistant', 'agent:memo', 'agent:watcher', 'skill:forky');
  const memory = join(cwd, '.claude', 'agent-memory', 'memo', 'MEMORY.md');
  const skill = (name: string, more = '') =>
    `---\nname: ${name}\ndescription: Does ${name} ${words.of(`skill:${name}`)}\n${more}---\n\n# First ${words.of(`skill:${name}`)}\n\n- list: ${words.of(`skill:${name}`)}\n\n## Then\n\n${words.of(`skill:${name}`)} $ARGUMENTS\n`;
  const agent = (name: string, more = '') =>
    `---\nname: ${name}\ndescription: Is ${name} ${words.of(`agent:${name}`)}\n${more}---\n\nYou are ${name} ${words.of(`agent:${name}`)}\n\n## Rules\n\n- one: ${words.of(`agent:${name}`)}\n`;
  const start = (name: string, task: string, background: boolean, id: string) =>
    call(
      'Agent',
      { description: name, subagent_type: name, prompt: `Do it ${task}`, run_in_background: background },
      id,
    );
  if (version !== '2.1.197') words.opener('[handback-send-enforce]', 'framework:reminder');
  return {
    files: {
      [join(cwd, '.claude', 'skills', 'zeta', 'SKILL.md')]: skill('zeta'),
      [join(cwd, '.claude', 'skills', 'forky', 'SKILL.md')]: skill('forky', 'context: fork\n'),
      [join(cwd, '.claude', 'agents', 'memo.md')]: agent('memo', 'skills: zeta\nmemory: project\n'),
      [join(cwd, '.claude', 'agents', 'watcher.md')]: agent('watcher'),
      [memory]: `# What memo knows\n\n- ${words.of(`memory:${memory}`)}\n\n## More\n\n${words.of(`memory:${memory}`)}\n`,
    },
    starts: [
      {
        prompt: `Go. ${prompt}`,
        // Auto mode makes agents hand their reports over with a tool.
        args: ['--permission-mode', 'auto', '--allowedTools', 'Agent,Skill,Bash(sleep:*),SubagentHandback'],
      },
      { prompt: `/forky ${typed}` },
      { prompt: `More. ${again}`, args: ['--continue'] },
    ],
    answer: ({ turn, inAgent, all }) => {
      if (inAgent || all.includes(again) || all.includes(typed)) return [text(`Done ${answered}`)];
      return (
        [
          [start('memo', memoTask, false, 'g1')],
          [call('Skill', { skill: 'forky', args: argument }, 'g2')],
          [start('watcher', watchTask, true, 'g3')],
          [call('Bash', { command: 'sleep 1', description: 'Wait' }, 'g4')],
        ][turn] ?? [text('All done.')]
      );
    },
  };
};
