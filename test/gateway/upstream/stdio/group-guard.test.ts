import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../../../support/is-alive.js';
import { ODD_SERVER } from '../../support/stdio-target.js';

const OWNER = fileURLToPath(new URL('../../support/owner-of-children.ts', import.meta.url));

interface Owner {
  /** Pid of a child that ignores the end of its input and SIGTERM. */
  child: number;
  guard: number;
  /** Pid of the next guard, when it is there. */
  nextGuard: Promise<number>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** A process of its own that has one such child. */
async function owner(): Promise<Owner> {
  const process_ = spawn(process.execPath, ['--import', 'tsx', OWNER, ODD_SERVER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: process_.stdout });
  const [line] = await once(lines, 'line');
  const nextGuard = once(lines, 'line').then(([later]): number => JSON.parse(later).guard);
  nextGuard.catch(() => {});
  const ended = once(process_, 'exit');
  return {
    ...JSON.parse(line),
    nextGuard,
    async kill(signal) {
      process_.kill(signal);
      await ended;
    },
  };
}

describe('GroupGuard', () => {
  it('the children of a killed gateway are ended', async () => {
    const { child, guard, kill } = await owner();
    expect([isAlive(child), isAlive(guard)]).toEqual([true, true]);
    await kill('SIGKILL');
    await expect.poll(() => [isAlive(child), isAlive(guard)]).toEqual([false, false]);
  });

  it('is replaced when it is killed itself', async () => {
    const { child, guard, nextGuard, kill } = await owner();
    process.kill(guard, 'SIGKILL');
    expect([await nextGuard, isAlive(child)]).toEqual([expect.any(Number), true]);
    await kill('SIGKILL');
    await expect.poll(() => isAlive(child)).toBe(false);
  });
});
