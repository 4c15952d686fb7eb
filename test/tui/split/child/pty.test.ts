import { describe, expect, it, onTestFinished } from 'vitest';
import { type ChildEnd, type ChildPty, spawnPty } from '../../../../src/tui/split/child/pty.js';
import { isAlive } from '../../../support/is-alive.js';

/** A shell's script in a pty, and all that it wrote when it has ended. */
async function run(
  script: string,
  onData = (): void => {},
): Promise<{ pty: ChildPty; ended: Promise<{ end: ChildEnd; output: string }> }> {
  const pieces: Buffer[] = [];
  let ended = (_: ChildEnd): void => {};
  const end = new Promise<ChildEnd>((resolve) => {
    ended = resolve;
  });
  const pty = await spawnPty({
    file: '/bin/sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH ?? '' },
    cwd: '/',
    size: { width: 80, height: 24 },
    onData(data) {
      pieces.push(data);
      onData();
    },
    onExit: (how) => ended(how),
  });
  return { pty, ended: end.then((end) => ({ end, output: Buffer.concat(pieces).toString() })) };
}

describe('a pty', () => {
  it('delivers the last output of a child that ended while it was paused', async () => {
    const { pty, ended } = await run('echo last words');
    pty.pause();
    expect((await ended).output).toBe('last words\r\n');
  });

  it('delivers it once and in order when it is resumed after the end', async () => {
    const { pty, ended } = await run('i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); done');
    pty.pause();
    await expect.poll(() => isAlive(pty.pid)).toBe(false);
    pty.resume();
    const { output } = await ended;
    expect(output.split('\r\n')).toEqual([...Array.from({ length: 1_000 }, (_, index) => `${index}`), '']);
  });

  it('delivers all of a flood that ends before it was read', async () => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const { ended } = await run('seq 1 100000', () => Atomics.wait(cell, 0, 0, 1));
    expect((await ended).output.split('\r\n').slice(-3)).toEqual(['99999', '100000', '']);
  });

  it('accepts sizes and keys after the child has closed its terminal', async () => {
    const { pty, ended } = await run('trap "" HUP; echo ready; exec </dev/null >/dev/null 2>&1; sleep 0.3; exit 3');
    const using = setInterval(() => {
      pty.resize({ width: 100, height: 30 });
      pty.write('keys');
    }, 10);
    onTestFinished(() => clearInterval(using));
    expect(await ended).toMatchObject({ end: { exitCode: 3 }, output: expect.stringContaining('ready\r\n') });
  });

  it('stays open for a child that closed it and opens it again', async () => {
    const script =
      'trap "exit 9" HUP; exec </dev/null >/dev/null 2>&1; sleep 0.5; echo back >/dev/tty; sleep 0.2; exit 3';
    const { ended } = await run(script);
    expect(await ended).toMatchObject({ end: { exitCode: 3, signal: null }, output: 'back\r\n' });
  });
});
