import { type LineProcess, startLineProcess, typescript } from '../child-process.js';
import type { Measurement, Turn } from '../measurement.js';
import type { Arena } from './contestant.js';

export const LOAD_CLIENT = typescript('load-client.ts');

/** The same load client for all contestants; `wrapper` is the command that it is an argument of. */
export function startClient(arena: Arena, env: Record<string, string>, wrapper: readonly string[] = []): LineProcess {
  const command = [...wrapper, ...LOAD_CLIENT];
  return startLineProcess(command, { ...clientEnv(arena), ...env });
}

/** What it must be told, beside the way to go. */
export function clientEnv({ env, upstream }: Arena): Record<string, string> {
  return { ...env, BENCH_UPSTREAM: upstream };
}

export async function measureWith(client: LineProcess, turn: Turn): Promise<Measurement> {
  client.send(turn);
  return (await client.next()) as Measurement;
}

/** One line for a process that ended badly or had something to say. */
export function complaintOf({ exitCode, stderr }: { exitCode: number | null; stderr: string }): string {
  const code = exitCode === 0 ? '' : `exit code ${exitCode} `;
  return `${code}${stderr}`.trim();
}
