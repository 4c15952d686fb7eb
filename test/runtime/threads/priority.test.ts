import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { describe, expect, it } from 'vitest';

/** Prints the priorities of the main thread and of the others. */
const PROGRAM = `
import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { helpersYieldToTraffic } from './src/runtime/threads/priority.ts';
helpersYieldToTraffic();
const others = readdirSync('/proc/self/task').map(Number).filter((thread) => thread !== process.pid);
console.log(JSON.stringify({ main: getPriority(process.pid), others: others.map((thread) => getPriority(thread)) }));
`;

describe.runIf(process.platform === 'linux')('the threads of V8', () => {
  it('give way to those that carry traffic', () => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
    const { main, others } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    expect(main).toBe(getPriority());
    expect(others.length).toBeGreaterThan(0);
    // Those that tsx has started come before ours, too.
    expect(new Set(others)).toEqual(new Set([5]));
  });
});
