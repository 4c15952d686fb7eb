import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isInstalled } from '../../support/is-installed.js';
import { freePort, untilListening } from '../../support/loopback.js';

const PROGRAM = ['redis-server', 'valkey-server'].find(isInstalled);
export const hasRedis = PROGRAM !== undefined;
/** For titles of tests that are skipped. */
export const NO_REDIS = 'needs redis-server or valkey-server';

export interface RedisServer extends AsyncDisposable {
  url: string;
  port: number;
  start(): Promise<void>;
  /** As when the machine is lost. */
  kill(): Promise<void>;
  /** It keeps its connections and answers nobody. */
  hang(): void;
  wake(): void;
  /** Number of commands that it has processed, this one included. */
  commands(): Promise<number>;
}

/** A real one on loopback, in memory only. */
export async function startRedis(): Promise<RedisServer> {
  if (PROGRAM === undefined) throw new Error(NO_REDIS);
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const start = async () => {
    const options = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no', loglevel: 'warning' };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    child = spawn(PROGRAM, args, { stdio: 'ignore' });
    await untilListening(port);
  };
  const kill = async () => {
    const ended = child;
    child = null;
    if (ended === null) return;
    const exit = once(ended, 'exit');
    ended.kill('SIGKILL');
    await exit;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    kill,
    hang: () => void child?.kill('SIGSTOP'),
    wake: () => void child?.kill('SIGCONT'),
    async commands() {
      const socket = connect(port, '127.0.0.1').end('INFO stats\r\n');
      const [, count] = /total_commands_processed:(\d+)/.exec(await text(socket)) ?? [];
      return Number(count);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
