import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isAlive, ODD_SERVER } from '../../support/stdio-target.js';

const OWNER = fileURLToPath(new URL('../../support/owner-of-children.ts', import.meta.url));

interface Owner {
  /** Of a child that ignores the end of its input and SIGTERM. */
  child: number;
  guard: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** A process of its own that has one such child. */
async function owner(): Promise<Owner> {
  const process_ = spawn(process.execPath, ['--import', 'tsx', OWNER, ODD_SERVER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: process_.stdout }), 'line');
  const ended = once(process_, 'exit');
  return {
    ...JSON.parse(line),
    async kill(signal) {
      process_.kill(signal);
      await ended;
    },
  };
}

describe('GroupGuard', () => {
  it('ends the children of a process that is killed', async () => {
    const { child, guard, kill } = await owner();
    expect([isAlive(child), isAlive(guard)]).toEqual([true, true]);
    await kill('SIGKILL');
    await expect.poll(() => [isAlive(child), isAlive(guard)]).toEqual([false, false]);
  });

  it('is replaced when it is killed itself', async () => {
    const { child, guard, kill } = await owner();
    process.kill(guard, 'SIGKILL');
    // Its owner starts another after a second.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(isAlive(child)).toBe(true);
    await kill('SIGKILL');
    await expect.poll(() => isAlive(child)).toBe(false);
  });
});
