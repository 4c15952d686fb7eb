import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listenForShims, type ShimListener } from '../support/mcp/shim-listener.js';
import { isRunning, startIdleClient, startShim, throughShim } from '../support/mcp/shim-program.js';
import type { RunningProgram } from '../support/product/program.js';

/** A program for `node -e`. */
const node = (script: string) => [process.execPath, '-e', script];
const ECHO = node('process.stdin.pipe(process.stdout)');

function start(command: readonly string[], socket?: string): RunningProgram {
  const program = startShim(command, socket);
  onTestFinished(() => program.kill());
  return program;
}

async function listener(isReading?: boolean): Promise<ShimListener> {
  const listening = await listenForShims(isReading);
  onTestFinished(() => listening.remove());
  return listening;
}

/** The number that a program says behind a word. */
async function pidSaid(program: RunningProgram, word: string): Promise<number> {
  const [, pid] = new RegExp(`${word} (\\d+)`).exec(await program.says(`${word} `)) ?? [];
  return Number(pid);
}

const exits = ({ frames }: ShimListener) =>
  frames.flatMap((frame) => (frame.type === 'closing' ? [frame.closing.exit] : []));

describe('a server behind the shim', () => {
  it('gets the bytes of the client, and the client gets its own, untouched', async () => {
    const shims = await listener();
    const program = start(ECHO, shims.path);
    const sent = Buffer.concat([Buffer.from([0xff, 0x00, 0xc3]), Buffer.from('{"id":1}\r\nno end')]);
    program.process.stdin.end(sent);
    expect(await program.ended).toMatchObject({ exitCode: 0, signal: null, stdout: sent, stderr: Buffer.alloc(0) });
    for (const sender of ['client', 'server'] as const) {
      const bytes = shims.frames.flatMap((frame) =>
        frame.type === 'bytes' && frame.sender === sender ? [frame.bytes] : [],
      );
      expect(Buffer.concat(bytes)).toEqual(sent);
    }
    expect(shims.frames[0]).toMatchObject({ hello: { name: 'tickets', scope: 'user', target: 'node' } });
    expect(exits(shims)).toEqual(['exit code 0']);
  });

  it.each([
    ['without a listener', undefined],
    ['with a listener', true],
    ['with a listener that does not read', false],
  ])('passes 100 MB both ways, %s', async (_title, reading) => {
    const shims = reading === undefined ? null : await listener(reading);
    const program = start(ECHO, shims?.path);
    const line = `${'x'.repeat(99_999)}\n`;
    const hash = createHash('sha256');
    const { stdin } = program.process;
    for (let index = 0; index < 1_000; index += 1) {
      hash.update(line);
      if (!stdin.write(line)) await new Promise((resolve) => stdin.once('drain', resolve));
    }
    const { exitCode, stdout, stderr } = await program.ended;
    expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: '' });
    expect(createHash('sha256').update(stdout).digest('hex')).toBe(hash.digest('hex'));
  });

  // More than the pipe holds: the shim is still writing when the server has ended.
  it('that has ended is read to its end by a client that reads late', async () => {
    const program = start(node('process.stdout.write("y".repeat(350_000))'));
    program.process.stdout.pause();
    setTimeout(() => program.process.stdout.resume(), 1_000);
    const { exitCode, stdout, stderr } = await program.ended;
    expect({ exitCode, length: stdout.length, stderr: stderr.toString() }).toEqual({
      exitCode: 0,
      length: 350_000,
      stderr: '',
    });
  });

  it.each([
    ['an exit code', node('process.exit(7)'), { exitCode: 7, signal: null }, 'exit code 7'],
    ['a signal', node('process.kill(process.pid, "SIGKILL")'), { exitCode: null, signal: 'SIGKILL' }, 'SIGKILL'],
    ['a crash', node('setTimeout(() => process.abort(), 50)'), { exitCode: null, signal: 'SIGABRT' }, 'SIGABRT'],
  ])('ends with %s as it would without', async (_title, command, end, exit) => {
    const shims = await listener();
    expect(await start(command, shims.path).ended).toMatchObject(end);
    await expect.poll(() => exits(shims)).toEqual([exit]);
  });

  it('that cannot be started ends as in a shell', async () => {
    const shims = await listener();
    const { exitCode, stdout, stderr } = await start(['no-such-server'], shims.path).ended;
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 127, stdout: '' });
    expect(stderr.toString()).toMatch(
      /^claude-trace: the MCP server ".+" could not be started: spawn no-such-server ENOENT\n$/,
    );
    await expect.poll(() => exits(shims)).toEqual(['could not be started: spawn no-such-server ENOENT']);
    expect((await start([fileURLToPath(import.meta.url)]).ended).exitCode).toBe(126);
  });

  it('writes to the same stderr', async () => {
    const flood = node('for (let i = 0; i < 20000; i++) console.error("e".repeat(99)); console.log("done")');
    const { stdout, stderr } = await start(flood).ended;
    expect(stdout.toString()).toBe('done\n');
    expect(stderr).toHaveLength(2_000_000);
  });

  it('whose output the client closes gets a broken pipe', async () => {
    const program = start(node('setInterval(() => console.log("x"), 5)'));
    await program.says('x');
    program.process.stdout.destroy();
    program.process.stderr.resume();
    await expect.poll(() => isRunning(program.pid)).toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('gets %s, and the shim ends as the server does', async (signal) => {
    const program = start(
      node(`process.on('${signal}', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000)`),
    );
    await program.says('up');
    program.process.kill(signal);
    expect(await program.ended).toMatchObject({ exitCode: 9, signal: null });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('that ignores %s is killed with all its children', async (signal) => {
    const stubborn = `process.on('${signal}', () => {}); setInterval(() => {}, 1000);`;
    const program = start(
      node(`const { pid } = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}]);
        ${stubborn} console.log('child ' + pid + ' ');`),
    );
    const child = await pidSaid(program, 'child');
    program.process.kill(signal);
    expect(await program.ended).toMatchObject({ signal: 'SIGKILL' });
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  it('under a launcher that ends at the signal leaves no orphan', async () => {
    const program = start([
      'sh',
      '-c',
      `trap 'exit 0' TERM; ${process.execPath} -e "process.on('SIGTERM', () => {}); console.log('child ' + process.pid + ' '); setInterval(() => {}, 1000)" & wait`,
    ]);
    const child = await pidSaid(program, 'child');
    program.process.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ exitCode: 0 });
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  it('a server ends with its input when the client is killed', async () => {
    const server = node(
      `console.log('server ' + process.pid + ' '); process.stdin.resume().on('end', () => process.exit())`,
    );
    const client = startIdleClient(throughShim(server));
    const pids = [await pidSaid(client, 'shim'), await pidSaid(client, 'server')];
    client.process.kill('SIGKILL');
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('a server that ignores the end of its input is ended when the client is killed', async () => {
    const server = node(
      `process.on('SIGTERM', () => {}); console.log('server ' + process.pid + ' '); setInterval(() => {}, 1000)`,
    );
    const client = startIdleClient(throughShim(server));
    const pids = [await pidSaid(client, 'shim'), await pidSaid(client, 'server')];
    client.process.kill('SIGKILL');
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('a server ends with its input when the shim is killed', async () => {
    const program = start(node(`console.log('server ' + process.pid + ' '); process.stdin.resume()`));
    const server = await pidSaid(program, 'server');
    program.process.kill('SIGKILL');
    await expect.poll(() => isRunning(server)).toBe(false);
  });

  it('may answer after its input has ended', async () => {
    const program = start(node(`process.stdin.resume().on('end', () => setTimeout(() => console.log('late'), 1500))`));
    expect((await program.ended).stdout.toString()).toBe('late\n');
  });

  it('a server goes on when the listener goes away', async () => {
    const shims = await listener();
    const program = start(ECHO, shims.path);
    program.process.stdin.write('one\n');
    await expect.poll(() => shims.bytesOf('server')).toBe('one\n');
    await shims.stop();
    program.process.stdin.write('two\n');
    await program.says('two');
    await shims.listen();
    await expect.poll(() => shims.bytesOf('server')).toBe('one\ntwo\n');
    expect(await program.ended).toMatchObject({ exitCode: 0 });
  });
});
