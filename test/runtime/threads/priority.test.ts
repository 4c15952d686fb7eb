import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { newSandbox } from '../../support/product.js';

interface Thread {
  id: number;
  name: string;
  niceness: number;
}

function threadsOf(pid: number): Thread[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((id) => {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8');
      // proc_pid_stat(5): the second field is the name in parentheses, which may have blanks; the 19th is the niceness.
      const end = stat.lastIndexOf(')');
      const niceness = Number(stat.slice(end + 2).split(' ')[16]);
      return [{ id: Number(id), name: stat.slice(stat.indexOf('(') + 1, end), niceness }];
    } catch {
      // It has ended.
      return [];
    }
  });
}

it.runIf(process.platform === 'linux')(
  'threads that work for all others give way to the traffic, and the command does not',
  async () => {
    const sandbox = await newSandbox();
    const program = 'console.log(process.pid); process.stdin.resume()';
    const run = sandbox.start(['wrap', '--', process.execPath, '-e', program]);
    const child = Number(await run.says('\n'));
    const threads = threadsOf(run.pid);
    const niceness = threads.find(({ id }) => id === run.pid)?.niceness ?? Number.NaN;
    const lowered = threads.filter((thread) => thread.niceness === Math.min(19, niceness + 5));
    // Four of V8 collect and compile, and one has its timers.
    expect(lowered.length).toBeGreaterThanOrEqual(5);
    expect(lowered.map(({ name }) => name)).not.toContain('libuv-worker');
    const asBefore = threads.filter((thread) => thread.niceness === niceness && thread.name !== 'libuv-worker');
    // The main thread, and the traffic thread.
    expect(asBefore.length).toBeGreaterThanOrEqual(2);
    expect(new Set(threadsOf(child).map((thread) => thread.niceness))).toEqual(new Set([niceness]));
    await run.ended;
  },
);
