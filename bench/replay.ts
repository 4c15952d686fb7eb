import { spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkTape, writeTape } from '../src/mcp/tape/index.js';
import type { TapeFrame } from '../src/model/tape.js';
import { MAIN } from '../test/support/product.js';
import { percentile } from './numbers.js';
import { peakMemoryOf } from './peak-memory.js';
import { TAPE_HEAD } from './tape-head.js';

export interface ReplayOptions {
  /** Of the tape that is played in real time: 10 s. */
  seconds: number;
  /** Of the tape with many small frames. */
  frames: number;
  /** Of the tape with large frames. */
  megabytes: number;
}

export interface ReplayBench {
  /** How far frames were from their places, at the client, in ms. */
  played: {
    speed: number;
    frames: number;
    p50Ms: number | null;
    p99Ms: number | null;
    maxMs: number;
    seconds: number;
  }[];
  tapeSeconds: number;
  /** One after the other, over stdio, at speed max. */
  callsPerSecond: number;
  large: LargeTape[];
}

interface LargeTape {
  frames: number;
  megabytes: number;
  /** Duration of `tape validate`, without the start of Node.js. */
  validateSeconds: number;
  /** Until the first answer, and until that to the last request of the tape. */
  firstSeconds: number;
  lastSeconds: number;
  peakMegabytes: number;
}

const MEGABYTE = 1024 ** 2;
const EVERY_MS = 10;
const CALLS = 2_000;

/** A recorded server over stdio, as a client of it sees it. */
export async function measureReplay(folder: string, options: ReplayOptions): Promise<ReplayBench> {
  const tape = join(folder, 'real-time.tape.jsonl');
  await writeTape(tape, TAPE_HEAD, realTime(options.seconds));
  const played: ReplayBench['played'] = [];
  for (const speed of [1, 10]) played.push(await playAt(tape, speed, options.seconds));
  const callsPerSecond = await callsOf(tape);
  const large = [
    await measureLarge(folder, options.frames, 60),
    await measureLarge(folder, options.megabytes * 20, MEGABYTE / 20),
  ];
  return { played, tapeSeconds: options.seconds, callsPerSecond, large };
}

async function playAt(tape: string, speed: number, tapeSeconds: number): Promise<ReplayBench['played'][number]> {
  const server = start(tape, String(speed));
  await server.ask('quick');
  const lateness: number[] = [];
  const sent = performance.now();
  server.send('long');
  for (let place = EVERY_MS; place <= tapeSeconds * 1_000; place += EVERY_MS) {
    await server.next();
    lateness.push(Math.abs(performance.now() - sent - place / speed));
  }
  const seconds = (performance.now() - sent) / 1_000;
  await server.end();
  const [p50Ms, p99Ms] = [percentile(lateness, 0.5), percentile(lateness, 0.99)];
  return { speed, frames: lateness.length, p50Ms, p99Ms, maxMs: Math.max(...lateness), seconds };
}

async function callsOf(tape: string): Promise<number> {
  const server = start(tape, 'max');
  await server.ask('quick');
  const begun = performance.now();
  for (let call = 0; call < CALLS; call++) await server.ask('quick');
  const seconds = (performance.now() - begun) / 1_000;
  await server.end();
  return CALLS / seconds;
}

async function measureLarge(folder: string, frames: number, characters: number): Promise<LargeTape> {
  const tape = join(folder, 'large.tape.jsonl');
  await writeTape(tape, TAPE_HEAD, manyCalls(frames, 'x'.repeat(characters)));
  const begun = performance.now();
  await checkTape(tape);
  const validateSeconds = (performance.now() - begun) / 1_000;
  const started = performance.now();
  const server = start(tape, 'max');
  const peak = peakMemoryOf(server.pid);
  await server.ask('call 7', 7);
  const firstSeconds = (performance.now() - started) / 1_000;
  const last = frames / 2 - 1;
  await server.ask(`call ${last % 1_000}`, last);
  const lastSeconds = (performance.now() - started) / 1_000;
  await server.end();
  const [megabytes, peakMegabytes] = [statSync(tape).size, peak.end()].map((bytes) => Math.round(bytes / MEGABYTE));
  rmSync(tape);
  return {
    ...{ frames, megabytes: megabytes ?? 0, validateSeconds },
    ...{ firstSeconds, lastSeconds, peakMegabytes: peakMegabytes ?? 0 },
  };
}

function start(tape: string, speed: string) {
  const child = spawn(process.execPath, [MAIN, 'replay', tape, '--speed', speed], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  const send = (name: string, n?: number) => child.stdin.write(`${JSON.stringify(request(++id, name, n))}\n`);
  const next = async () => {
    if ((await lines.next()).done) throw new Error('The recorded server has ended.');
  };
  return {
    pid: child.pid ?? 0,
    send,
    next,
    async ask(name: string, n?: number) {
      send(name, n);
      await next();
    },
    async end() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await exited;
    },
  };
}

const request = (id: number, name: string, n?: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: n === undefined ? {} : { n } },
});
const answer = (id: number, more = '') => ({
  jsonrpc: '2.0',
  id,
  result: { content: [{ type: 'text', text: `the answer ${id} ${more}` }] },
});

function frame(seq: number, at: number, dir: 'c' | 's', message: object): TapeFrame {
  return { seq, at, dir, bytes: Buffer.from(JSON.stringify(message)) };
}

/** A call with a notification every 10 ms, and its answer at the end. */
function* realTime(seconds: number): Generator<TapeFrame> {
  yield frame(0, 0, 'c', request(1, 'quick'));
  yield frame(1, 0, 's', answer(1));
  yield frame(2, 0, 'c', request(2, 'long'));
  const end = seconds * 1_000;
  let seq = 3;
  for (let at = EVERY_MS; at < end; at += EVERY_MS) {
    const params = { level: 'info', data: `at ${at}` };
    yield frame(seq++, at, 's', { jsonrpc: '2.0', method: 'notifications/message', params });
  }
  yield frame(seq, end, 's', answer(2));
}

function* manyCalls(frames: number, body: string): Generator<TapeFrame> {
  for (let call = 0; call < frames / 2; call++) {
    yield frame(call * 2, call, 'c', request(call, `call ${call % 1_000}`, call));
    yield frame(call * 2 + 1, call, 's', answer(call, body));
  }
}

const MAX_P99_MS = 10;

export function describeReplay({ played, tapeSeconds, callsPerSecond, large }: ReplayBench): string {
  const fixed = (value: number | null, digits: number) => (value === null ? '–' : value.toFixed(digits));
  const lines = played.map(
    ({ speed, frames, p50Ms, p99Ms, maxMs, seconds }) =>
      `speed ${speed}: ${frames} frames in ${fixed(seconds, 2)} s; from their places, ms: ` +
      `p50 ${fixed(p50Ms, 2)}, p99 ${fixed(p99Ms, 2)}, at most ${fixed(maxMs, 2)}`,
  );
  const verdict = (target: string, value: number | null, isMet: boolean) =>
    value === null ? `not measured: ${target}` : `${isMet ? 'met' : 'MISSED'}: ${target}: ${value.toFixed(2)}`;
  return [
    `A recorded server over stdio: ${tapeSeconds} s with a message every ${EVERY_MS} ms`,
    ...lines,
    `speed max: ${callsPerSecond.toFixed(0)} calls a second, one after the other`,
    ...large.map(
      ({ frames, megabytes, validateSeconds, firstSeconds, lastSeconds, peakMegabytes }) =>
        `${frames} frames, ${megabytes} MB: the first answer after ${fixed(firstSeconds, 1)} s, that to the last request after ` +
        `${fixed(lastSeconds, 1)} s (${fixed(lastSeconds / validateSeconds, 1)} times what validate takes: ${fixed(validateSeconds, 1)} s); ` +
        `peak memory ${peakMegabytes} MB`,
    ),
    '',
    ...played.map(({ speed, p99Ms }) =>
      verdict(
        `frames within ${MAX_P99_MS} ms of their places at speed ${speed}, p99`,
        p99Ms,
        (p99Ms ?? 0) <= MAX_P99_MS,
      ),
    ),
    ...large.map(({ frames, validateSeconds, firstSeconds }) =>
      verdict(
        `first answer of a tape with ${frames} frames, in what validate takes for it`,
        firstSeconds / validateSeconds,
        firstSeconds <= validateSeconds,
      ),
    ),
    ...played
      .filter(({ speed }) => speed === 10)
      .map(({ seconds }) =>
        verdict(
          `speed 10 takes a tenth of the time, within 2 %`,
          seconds,
          Math.abs(seconds * 10 - tapeSeconds) <= tapeSeconds / 50,
        ),
      ),
  ].join('\n');
}
