/** What long and large tapes cost: written by us, then checked, shown and compressed by the built program, with its peak memory. */
import { spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeTape } from '../src/mcp/tape/index.js';
import type { TapeFrame } from '../src/model/tape.js';
import { peakMemoryOf } from './peak-memory.js';
import { TAPE_HEAD } from './tape-head.js';

const MEGABYTE = 1024 ** 2;

export interface TapesOptions {
  /** Of the long tape. */
  frames: number;
  /** Of the large tape. */
  megabytes: number;
}

interface TapeBench {
  frames: number;
  megabytes: number;
  writeSeconds: number;
  commands: { name: string; seconds: number; peakMegabytes: number }[];
}

export interface TapesBench {
  long: TapeBench;
  large: TapeBench;
}

export async function measureTapes(folder: string, { frames, megabytes }: TapesOptions): Promise<TapesBench> {
  const long = await measure(folder, frames, 60);
  return { long, large: await measure(folder, megabytes, MEGABYTE) };
}

export function describeTapes({ long, large }: TapesBench): string {
  return [long, large]
    .flatMap(({ frames, megabytes, writeSeconds, commands }) => [
      `a tape of ${frames} frames, ${megabytes} MB: written in ${writeSeconds.toFixed(1)} s`,
      ...commands.map(
        ({ name, seconds, peakMegabytes }) =>
          `  ${name.padEnd(14)} ${seconds.toFixed(1)} s (${(megabytes / seconds).toFixed(0)} MB/s), peak memory ${peakMegabytes} MB`,
      ),
    ])
    .join('\n');
}

async function measure(folder: string, frames: number, characters: number): Promise<TapeBench> {
  const file = join(folder, 'bench.tape.jsonl');
  const begun = performance.now();
  await writeTape(file, TAPE_HEAD, generate(frames, characters));
  const writeSeconds = (performance.now() - begun) / 1_000;
  const megabytes = Math.round(statSync(file).size / MEGABYTE);
  const commands = [
    await runTape(folder, ['validate', file]),
    await runTape(folder, ['show', file, '--limit', '1']),
    await runTape(folder, ['compress', file]),
    { ...(await runTape(folder, ['validate', `${file}.gz`])), name: 'validate .gz' },
  ];
  rmSync(`${file}.gz`);
  return { frames, megabytes, writeSeconds, commands };
}

/** Calls and their answers. */
function* generate(frames: number, characters: number): Generator<TapeFrame> {
  const text = 'a word, and "another" one\n'.repeat(Math.ceil(characters / 26)).slice(0, characters);
  for (let seq = 0; seq < frames; seq++) {
    const id = seq >> 1;
    const message =
      seq % 2 === 0
        ? { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'tool', arguments: { text } } }
        : { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } };
    yield { seq, at: seq * 0.125, dir: seq % 2 === 0 ? 'c' : 's', bytes: Buffer.from(JSON.stringify(message)) };
  }
}

async function runTape(folder: string, args: readonly string[]) {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, CLAUDE_TRACE_DATA_DIR: join(folder, 'data') };
  const begun = performance.now();
  const child = spawn(process.execPath, [resolve('dist/cli/main.js'), 'tape', ...args], { env, stdio: 'ignore' });
  const peak = peakMemoryOf(child.pid ?? 0);
  const code = await new Promise((done) => child.on('close', done));
  const peakMegabytes = Math.round(peak.end() / MEGABYTE);
  if (code !== 0) throw new Error(`tape ${args.join(' ')} ended with ${code}`);
  return { name: args[0] ?? '', seconds: (performance.now() - begun) / 1_000, peakMegabytes };
}
