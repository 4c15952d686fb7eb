import type { LineProcess } from './child-process.js';
import type { Entry } from './rounds.js';
import type { Arena, Contestant, Ending } from './targets/contestant.js';

/** Those that can take part, and why the others cannot. @param folderOf makes a folder for each */
export async function startContestants(
  contestants: readonly Contestant[],
  arena: Omit<Arena, 'folder'>,
  folderOf: (name: string) => string,
): Promise<{ entries: Entry[]; leftOut: Record<string, string> }> {
  const entries: Entry[] = [];
  const leftOut: Record<string, string> = {};
  for (const { name, start } of contestants) {
    try {
      entries.push({ name, runner: await start({ ...arena, folder: folderOf(name) }) });
    } catch (error) {
      leftOut[name] = error instanceof Error ? error.message : String(error);
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
