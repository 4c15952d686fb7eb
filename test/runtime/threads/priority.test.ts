import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { newSandbox } from '../../support/product.js';

/** By thread. */
function nicenesses(pid: number): Map<number, number> {
  const nicenessOf = (thread: string) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    // proc_pid_stat(5): the 19th field; the second one, a name in parentheses, may have blanks.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  };
  return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => [Number(thread), nicenessOf(thread)]));
}

it.runIf(process.platform === 'linux')(
  'helper threads of V8 and the recorder give way to the traffic, and the command does not',
  async () => {
    const sandbox = await newSandbox();
    const run = sandbox.start([
      'wrap',
      '--',
      process.execPath,
      '-e',
      'console.log(process.pid); setTimeout(() => {}, 60_000)',
    ]);
    const child = Number(await run.says('\n'));
    const own = Number(run.process.pid);
    const lowered = () => [...nicenesses(own).values()].filter((niceness) => niceness === 5).length;
    // At least four helpers, and the recorder, which starts after the command.
    await expect.poll(lowered).toBeGreaterThanOrEqual(5);
    const [main, ...others] = [...nicenesses(own).entries()].sort(([a], [b]) => a - b);
    expect(main).toEqual([own, 0]);
    expect(others.filter(([, niceness]) => niceness === 0)).not.toEqual([]);
    expect(new Set(nicenesses(child).values())).toEqual(new Set([0]));
    process.kill(child);
    await run.ended;
  },
);
