import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Conversation } from '../../../src/scripted/messages-api.js';
import { MARKERS } from '../claude/markers.js';
import type { Project } from '../claude/project.js';
import { everySource } from '../claude/session.js';
import type { ClaudeVersion } from '../claude/versions.js';
import { cjk, code, json, log, prose, seeded } from './texts.js';
import { call } from './turns.js';

/**
 * `everySource` with more to weigh, and without hooks, whose words would come with every result: memory as long as a real
 * one, and files of every kind of text that are printed, two in one turn and then one a turn.
 */
export async function weightySession(version: ClaudeVersion, project: Project): Promise<Conversation> {
  const random = seeded(11);
  const files = {
    'prose.txt': prose(random, 400),
    'code.ts': code(random, 90),
    'table.json': json(random, 20),
    'run.log': log(random, 30),
    'cjk.txt': cjk(random, 500),
    'more.txt': prose(random, 700),
  };
  const paths = Object.keys(files).map((file) => join(project.cwd, file));
  for (const [file, content] of Object.entries(files)) await writeFile(join(project.cwd, file), content);
  await writeFile(
    project.memory.project,
    `Build with make. ${MARKERS.projectMemory}\n\n${prose(random, 500)}\n\n@docs/style.md\n`,
  );
  await writeFile(join(project.cwd, '.claude', 'settings.json'), '{}');
  const conversation = everySource(version, project);
  // Not Read: some versions put a reminder behind what it reads.
  const print = (path: string, index: number) =>
    call('Bash', { command: `cat ${path}`, description: 'Print a file' }, `toolu_scripted_w${index}`);
  const [first, second, ...others] = paths.map(print);
  const together = first === undefined || second === undefined ? [] : [[first, second]];
  const printing = [...together, ...others.map((one) => [one])];
  const threads = conversation.threads.map((thread) =>
    thread.opensWith === MARKERS.prompt ? { ...thread, turns: [...printing, ...thread.turns] } : thread,
  );
  return { ...conversation, threads };
}
