import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../src/base/error-text.js';
import type { LineProcess } from './child-process.js';
import type { Entry } from './rounds.js';
import type { Arena, Contestant, Ending } from './targets/contestant.js';

/** Those that can take part, and why the others cannot. @param folder has a folder for each */
export async function startContestants(
  contestants: readonly Contestant[],
  arena: Omit<Arena, 'folder'>,
  folder: string,
): Promise<{ entries: Entry[]; leftOut: Record<string, string> }> {
  const entries: Entry[] = [];
  const leftOut: Record<string, string> = {};
  for (const { name, start } of contestants) {
    try {
      const own = join(folder, name);
      mkdirSync(own, { recursive: true });
      entries.push({ name, runner: await start({ ...arena, folder: own }) });
    } catch (error) {
      leftOut[name] = describeError(error);
    }
  }
  return { entries, leftOut };
}

export async function stopAll(entries: readonly Entry[], server: LineProcess): Promise<Map<string, Ending>> {
  const endings = new Map<string, Ending>();
  for (const { name, runner } of entries) endings.set(name, await runner.stop());
  await server.finish();
  return endings;
}

/** What their processes said on stderr. */
export function complaintsOf(endings: Map<string, Ending>): Record<string, string> {
  const spoken = [...endings].filter(([, { complaints }]) => complaints !== '');
  return Object.fromEntries(spoken.map(([name, { complaints }]) => [name, complaints]));
}
