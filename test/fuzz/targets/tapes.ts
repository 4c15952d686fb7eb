import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  checkTape,
  readShadowcat,
  readTape,
  repairTape,
  shadowcat0,
  shadowcat1,
  TapeError,
  writeTape,
} from '../../../src/mcp/tape/index.js';
import type { TapeFrame } from '../../../src/model/tape.js';
import { CALL, framesOf, tapeHead } from '../../mcp/tape/support/tapes.js';
import { damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';
import { inFolder } from './support/in-folder.js';

const HEAD = tapeHead({ id: 'tape_01jzzzzzzzzzzzzzzzzzzzzzzz', tags: ['slow', 'of Monday'] });
const FRAMES: TapeFrame[] = framesOf(
  ...CALL,
  '<no JSON',
  '<{"a": 1.0}',
  Buffer.from([0x7b, 0xff, 0x7d]),
  '[{"id":1},{"id":2}]',
);

/** Made once, of the same frames each time. */
const files = inFolder(async (folder) => {
  const file = join(folder, 'a.tape.jsonl');
  await writeTape(file, HEAD, FRAMES);
  const tape = await readTape(file);
  const textOf = async (lines: AsyncIterable<string>) => {
    let text = '';
    for await (const line of lines) text += line;
    return Buffer.from(text);
  };
  return { tape: readFileSync(file), shadowcats: [await textOf(shadowcat0(tape)), await textOf(shadowcat1(tape))] };
});

const TOKENS = [
  ...[
    '\n',
    '\n\n',
    '{',
    '}',
    '"',
    ',',
    '[',
    ']',
    ':',
    'null',
    'true',
    '-1',
    '1e999',
    '99999999999999999999',
    '\\ud800',
    '\ufeff',
    '{}\n',
    '[]\n',
  ],
  ...[
    '"seq":0,',
    '"at":-1,',
    '"dir":"x",',
    '"text":"x",',
    '"base64":"=",',
    '"message":1,',
    '"http":{},',
    '"end":true,',
    '"tape":2,',
    '"tape":"x",',
  ],
  ...['"frames":[', '"frames":1,', '"metadata":{},', '"timestamp":"x",', '"format":null,', '"__proto__":{},'],
  Buffer.of(0xff),
  Buffer.of(0x1f, 0x8b),
  Buffer.of(0),
];

const { tape, shadowcats } = await files;
const tapeFile = fc.record({
  bytes: damaged(fc.constant(tape), TOKENS, 3),
  isCompressed: fc.boolean(),
  /** Of the compressed file. */
  end: fc.option(fc.nat(tape.length), { freq: 3 }),
});

const plain = ({ bytes, ...frame }: TapeFrame) => ({ ...frame, bytes: Buffer.from(bytes).toString('latin1') });

/** The frames before an error, and the error. */
async function framesUntilError(
  frames: AsyncIterable<TapeFrame>,
): Promise<{ frames: TapeFrame[]; error: TapeError | null }> {
  const read: TapeFrame[] = [];
  try {
    for await (const frame of frames) read.push(frame);
  } catch (error) {
    if (!(error instanceof TapeError)) throw error;
    return { frames: read, error };
  }
  return { frames: read, error: null };
}

async function openTape(file: string) {
  try {
    return await readTape(file);
  } catch (error) {
    if (!(error instanceof TapeError)) throw error;
    return null;
  }
}

/** The number of whole, undamaged lines of the tape at the beginning of these bytes, without the head. */
function soundFrames(bytes: Buffer): number {
  let same = 0;
  while (same < bytes.length && bytes[same] === tape[same]) same++;
  const lines = tape.subarray(0, same).toString('latin1').split('\n').length - 2;
  return Math.max(0, Math.min(FRAMES.length, lines));
}

export const tapes = fuzzTarget('tapes', 20, tapeFile, ({ bytes, isCompressed, end }) =>
  inFolder(async (folder) => {
    const file = join(folder, isCompressed ? 'a.tape.jsonl.gz' : 'a.tape.jsonl');
    writeFileSync(file, isCompressed ? gzipSync(bytes).subarray(0, end ?? undefined) : bytes);
    const opened = await openTape(file);
    if (opened === null) return;
    const { frames, error } = await framesUntilError(opened.frames);
    const sound = isCompressed && end !== null ? 0 : soundFrames(bytes);
    assert.deepEqual(frames.slice(0, sound).map(plain), FRAMES.slice(0, sound).map(plain));
    const repair = await repairTape(file);
    assert.ok(repair.frames >= frames.length);
    if (error === null && opened.outcome?.end) assert.equal(repair.backup, null);
    assert.equal((await checkTape(file)).frames, repair.frames);
    const repaired = await framesUntilError((await readTape(file)).frames);
    assert.equal(repaired.error, null);
    const content = (each: TapeFrame[]) =>
      each.map(({ dir, bytes: given }) => [dir, Buffer.from(given).toString('latin1')]);
    assert.deepEqual(content(repaired.frames).slice(0, frames.length), content(frames));
    // A tape that was read is written unchanged.
    const copy = join(folder, 'b.tape.jsonl');
    await writeTape(copy, opened.head, repaired.frames);
    assert.deepEqual(
      (await framesUntilError((await readTape(copy)).frames)).frames.map(plain),
      repaired.frames.map(plain),
    );
  }),
);

export const shadowcat = fuzzTarget('shadowcat', 20, damaged(fc.constantFrom(...shadowcats), TOKENS, 3), (bytes) =>
  inFolder(async (folder) => {
    const file = join(folder, 'a.json');
    writeFileSync(file, bytes);
    try {
      const { head, frames } = await readShadowcat(file);
      const read = await framesUntilError(frames);
      const copy = join(folder, 'b.tape.jsonl');
      await writeTape(copy, head, read.frames);
      assert.deepEqual(
        (await framesUntilError((await readTape(copy)).frames)).frames.map(plain),
        read.frames.map(plain),
      );
    } catch (error) {
      if (!(error instanceof TapeError)) throw error;
    }
  }),
);
