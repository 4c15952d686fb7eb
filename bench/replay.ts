import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeTape } from '../src/mcp/tape/index.js';
import type { TapeFrame } from '../src/model/tape.js';
import { MAIN } from '../test/support/product.js';
import { percentile } from './numbers.js';
import { TAPE_HEAD } from './tape-head.js';

export interface ReplayOptions {
  /** Of the tape that is played in real time: 10 s. */
  seconds: number;
  /** Frames of the large tape. */
  frames: number;
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
  /** Until the first answer, and the memory (PSS) then; null where the system does not say. */
  large: { frames: number; seconds: number; megabytes: number | null };
}

const EVERY_MS = 10;
const CALLS = 2_000;

/** A recorded server over stdio, as a client of it sees it. */
export async function measureReplay(folder: string, options: ReplayOptions): Promise<ReplayBench> {
  const tape = join(folder, 'real-time.tape.jsonl');
  await writeTape(tape, TAPE_HEAD, realTime(options.seconds));
  const played: ReplayBench['played'] = [];
  for (const speed of [1, 10]) played.push(await playAt(tape, speed, options.seconds));
  const callsPerSecond = await callsOf(tape);
  const large = join(folder, 'large.tape.jsonl');
  await writeTape(large, TAPE_HEAD, manyCalls(options.frames));
  return {
    played,
    tapeSeconds: options.seconds,
    callsPerSecond,
    large: { frames: options.frames, ...(await first(large)) },
  };
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

async function first(tape: string): Promise<{ seconds: number; megabytes: number | null }> {
  const begun = performance.now();
  const server = start(tape, 'max');
  await server.ask('call 7');
  const seconds = (performance.now() - begun) / 1_000;
  const megabytes = pssOf(server.pid);
  await server.end();
  return { seconds, megabytes };
}

function start(tape: string, speed: string) {
  const child = spawn(process.execPath, [MAIN, 'replay', tape, '--speed', speed], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  const send = (name: string) => child.stdin.write(`${JSON.stringify(request(++id, name))}\n`);
  const next = async () => {
    if ((await lines.next()).done) throw new Error('The recorded server has ended.');
  };
  return {
    pid: child.pid ?? 0,
    send,
    next,
    async ask(name: string) {
      send(name);
      await next();
    },
    async end() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await exited;
    },
  };
}

/** Its share of memory that is shared with others included. */
function pssOf(pid: number): number | null {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1_024;
  } catch {
    return null;
  }
}

const request = (id: number, name: string) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
});
const answer = (id: number) => ({
  jsonrpc: '2.0',
  id,
  result: { content: [{ type: 'text', text: `the answer ${id}` }] },
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

function* manyCalls(frames: number): Generator<TapeFrame> {
  for (let call = 0; call < frames / 2; call++) {
    yield frame(call * 2, call, 'c', request(call, `call ${call % 1_000}`));
    yield frame(call * 2 + 1, call, 's', answer(call));
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
    `${large.frames} frames: the first answer after ${fixed(large.seconds, 1)} s, ${fixed(large.megabytes, 0)} MB (PSS)`,
    '',
    ...played.map(({ speed, p99Ms }) =>
      verdict(
        `frames within ${MAX_P99_MS} ms of their places at speed ${speed}, p99`,
        p99Ms,
        (p99Ms ?? 0) <= MAX_P99_MS,
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
