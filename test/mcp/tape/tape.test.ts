import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTape, TapeError, writeTape } from '../../../src/mcp/tape/index.js';
import type { TapeFrame } from '../../../src/model/tape.js';
import { CALL, framesOf, tapeFolder, tapeHead } from './support/tapes.js';

async function allFrames(file: string): Promise<TapeFrame[]> {
  const frames: TapeFrame[] = [];
  for await (const frame of (await readTape(file)).frames) frames.push(frame);
  return frames;
}

async function problemOf(file: string): Promise<Pick<TapeError, 'code' | 'line' | 'byte' | 'problem'>> {
  const error = await allFrames(file).then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof TapeError)) throw new Error('no TapeError', { cause: error });
  expect(error.message).toBe(`${file}, line ${error.line}, byte ${error.byte}: ${error.problem}.`);
  const { code, line, byte, problem } = error;
  return { code, line, byte, problem };
}

async function written(messages: readonly (string | Buffer)[] = CALL, name = 'a.tape.jsonl'): Promise<string> {
  const file = join(tapeFolder(), name);
  await writeTape(file, tapeHead(), framesOf(...messages));
  return file;
}

const plain = ({ bytes, ...frame }: TapeFrame) => ({ ...frame, bytes: Buffer.from(bytes).toString('latin1') });

describe('a tape', () => {
  it.each(['a.tape.jsonl', 'a.tape.jsonl.gz'])('is read as it was written: %s', async (name) => {
    const file = join(tapeFolder(), name);
    const head = tapeHead({ tags: ['slow', 'of Monday'] });
    const frames: TapeFrame[] = framesOf(...CALL);
    frames.push({
      ...(framesOf('<no JSON')[0] as TapeFrame),
      seq: 9,
      at: 99.125,
      http: {
        exchange: 'x',
        method: 'POST',
        url: 'https://mcp.example/',
        status: 200,
      },
      synthetic: true,
      altered: true,
      redacted: true,
      truncated: true,
    });
    const end = await writeTape(file, head, frames);
    expect(end).toMatchObject({ end: true, frames: 6, duration_ms: 99.125 });
    const tape = await readTape(file);
    expect(tape.head).toEqual(head);
    expect((await allFrames(file)).map(plain)).toEqual(frames.map(plain));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('has `message` only where serializing it gives the very bytes', async () => {
    const file = await written([
      '{"a":[1,"ü",null]}',
      '{"a": 1}',
      '{"a":1.0}',
      '{"a":12345678901234567890}',
      '{"b":1,"1":2}',
      '{"a":1,"a":2}',
      '{"__proto__":1}',
      '{"a":"\\u00fc"}',
      '{"a":"\\ud800"}',
      'no JSON',
      '',
      Buffer.from([0x7b, 0xff, 0x7d]),
      '[{"id":1},{"id":2}]',
    ]);
    const kinds = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1, -1)
      .map((line) => Object.keys(JSON.parse(line))[3]);
    expect(kinds).toEqual([
      ...['message', 'text', 'text', 'text', 'text', 'text', 'message', 'text', 'message', 'text', 'text', 'base64'],
      'message',
    ]);
  });

  it('keeps any bytes', async () => {
    const bytes = fc.oneof(
      fc.json().map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array().map((each) => Buffer.from(each)),
    );
    const folder = tapeFolder();
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), fc.boolean(), async (messages, isCompressed) => {
        const file = join(folder, isCompressed ? 'b.tape.jsonl.gz' : 'b.tape.jsonl');
        await writeTape(file, tapeHead(), framesOf(...messages));
        const text = isCompressed ? gunzipSync(readFileSync(file)) : readFileSync(file);
        expect(text.toString()).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
        expect((await allFrames(file)).map(plain)).toEqual(framesOf(...messages).map(plain));
      }),
      { numRuns: 60 },
    );
  });

  it('that nests deeper than can be serialized is kept as text', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const almost = ['{"a":['.repeat(500), ']}'.repeat(500)].join('"[[["');
    const file = await written([deep, almost, `[${almost}]`]);
    const kinds = readFileSync(file, 'utf8').split('\n').slice(1, 4);
    expect(kinds.map((line) => line.slice(0, 40))).toEqual([
      expect.stringContaining('"text"'),
      expect.stringContaining('"message"'),
      expect.stringContaining('"text"'),
    ]);
    expect(Buffer.from((await allFrames(file))[0]?.bytes ?? []).equals(Buffer.from(deep))).toBe(true);
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${lines[0]}\n{"seq":0,"at":0,"dir":"c","message":${deep}}\n`);
    expect(await problemOf(file)).toMatchObject({ code: 'frame', line: 2 });
  });

  it('is partial without an end, and still has its frames', async () => {
    const file = await written();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
    const tape = await readTape(file);
    expect(tape.outcome).toBeNull();
    let frames = 0;
    for await (const _ of tape.frames) frames += 1;
    expect(frames).toBe(5);
    expect(tape.outcome).toEqual({ frames: 5, durationMs: 42, end: null, isCut: false });
  });

  it.each(['a.tape.jsonl', 'a.tape.jsonl.gz'])(
    'a tape that is cut anywhere has the whole frames before the cut: %s',
    async (name) => {
      const file = await written(CALL, name);
      const whole = readFileSync(file);
      const headLength = readFileSync(await written(), 'utf8').indexOf('\n') + 1;
      for (let length = whole.length - 2; length > 0; length -= 19) {
        writeFileSync(file, whole.subarray(0, length));
        const tape = await readTape(file).catch((error: unknown) => error);
        if (tape instanceof Error) {
          expect(tape).toMatchObject({ code: 'format', line: 1 });
          if (!name.endsWith('.gz')) expect(length).toBeLessThan(headLength);
          continue;
        }
        const frames = await allFrames(file);
        expect(frames.map(plain)).toEqual(
          framesOf(...CALL)
            .map(plain)
            .slice(0, frames.length),
        );
      }
    },
  );

  it.each(['a.tape.jsonl', 'a.tape.jsonl.gz'])(
    'a tape with any flipped byte is refused, with its line: %s',
    async (name) => {
      const file = await written(CALL, name);
      const whole = readFileSync(file);
      for (let byte = 0; byte < whole.length - (name.endsWith('.gz') ? 4 : 1); byte += 23) {
        // Of a gzip file, the header says when and where it was made, and the last byte before the checksum has unused bits.
        if (name.endsWith('.gz') && (byte < 10 || byte === whole.length - 9)) continue;
        const flipped = Buffer.from(whole);
        flipped[byte] = (whole[byte] ?? 0) ^ 0x02;
        writeFileSync(file, flipped);
        const { code, line, byte: found } = await problemOf(file);
        expect(['format', 'version', 'head', 'frame', 'end', 'checksum', 'gzip']).toContain(code);
        if (name.endsWith('.gz')) continue;
        const flippedLine = whole.subarray(0, byte).toString().split('\n').length;
        // A changed `seq` or `at` may be wrong only for the next frame.
        expect(line - flippedLine).toBeOneOf(code === 'checksum' ? [7 - flippedLine] : [0, 1]);
        if (line === flippedLine && code !== 'checksum') expect(found).toBeLessThanOrEqual(byte + 8);
      }
    },
  );

  it('names the byte at which a line is not JSON', async () => {
    const file = await written();
    const lines = readFileSync(file, 'utf8').split('\n');
    const before = Buffer.byteLength(`${lines[0]}\n${lines[1]}\n`);
    writeFileSync(file, `${lines[0]}\n${lines[1]}\n{"seq":1,"at":ü}\n`);
    expect(await problemOf(file)).toEqual({
      code: 'frame',
      line: 3,
      byte: before + '{"seq":1,"at":'.length,
      problem: 'it is not valid JSON',
    });
    writeFileSync(file, Buffer.concat([Buffer.from(`${lines[0]}\n${lines[1]}\n{"sé`), Buffer.from([0xff, 0x0a])]));
    expect(await problemOf(file)).toMatchObject({
      code: 'frame',
      line: 3,
      byte: before + 5,
      problem: 'it is not valid UTF-8',
    });
  });

  it.each([
    ['{"seq":-1,"at":0,"dir":"c","text":""}', '"seq" of the frame must be a whole number of at least 0'],
    ['{"seq":0,"at":1e999,"dir":"c","text":""}', '"at" of the frame must be a number of milliseconds of at least 0'],
    ['{"seq":0,"at":0,"dir":"x","text":""}', '"dir" of the frame must be "c" (client) or "s" (server)'],
    ['{"seq":0,"at":0,"dir":"c"}', 'the frame must have one of "message", "text" and "base64"'],
    ['{"seq":0,"at":0,"dir":"c","text":"","base64":""}', 'the frame must have one of "message", "text" and "base64"'],
    ['{"seq":0,"at":0,"dir":"c","text":"\\ud800"}', '"text" of the frame has half of a character: use "base64"'],
    ['{"seq":0,"at":0,"dir":"c","base64":"Zg="}', '"base64" of the frame is not valid base64'],
    ['{"seq":0,"at":0,"dir":"c","text":"","http":{}}', '"http" of the frame must be an object with a text "exchange"'],
    ['[]', 'it is not a JSON object'],
    ['{"end":true}', 'the end must have "frames", "duration_ms" and "sha256"'],
  ])('refuses %s', async (line, problem) => {
    const file = await written([]);
    writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[0]}\n${line}\n`);
    expect(await problemOf(file)).toMatchObject({ line: 2, problem });
  });

  it('refuses frames out of order, and lines after the end', async () => {
    const file = await written(CALL);
    const [head, first, second, ...rest] = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, [head, second, first].join('\n'));
    expect(await problemOf(file)).toMatchObject({
      code: 'frame',
      line: 3,
      problem: '"seq" is 0 after 1: it must increase',
    });
    writeFileSync(file, `${[head, first, second, ...rest].join('\n')}\n\n${first}\n`);
    expect(await problemOf(file)).toMatchObject({ code: 'end', line: 9 });
  });

  it.each([
    ['{"tape":2,"id":"x"}\n', 'version', 'it is a tape of version 2; only version 1 is known'],
    ['{"tape":1,"id":"../../etc/passwd"}\n', 'head', '"id" of the head must be tape_ and 26 letters or digits'],
    ['{"metadata":{},"frames":[]}', 'format', 'it is a tape of Shadowcat, which must be imported first'],
    ['{"log":{}}', 'format', 'it is not a tape: the first line has no "tape"'],
    ['SQLite format 3\0', 'format', 'it is not valid JSON'],
    ['', 'format', 'the file is empty'],
  ])('says of %j what it is', async (text, code, problem) => {
    const file = join(tapeFolder(), 'x.tape.jsonl');
    writeFileSync(file, text);
    expect(await problemOf(file)).toMatchObject({ code, line: 1, byte: 0, problem });
  });

  it('has no halves of characters in its head', async () => {
    const file = await written([]);
    const text = readFileSync(file, 'utf8').split('\n')[0] ?? '';
    writeFileSync(file, text.replace('"serena"', '"a\\ud800b"').replace('"tags":[]', '"tags":["\\udc00"]'));
    expect((await readTape(file)).head).toMatchObject({ server: { name: 'a\ufffdb' }, tags: ['\ufffd'] });
  });

  it('of one endless line is refused in bounded memory', async () => {
    const file = join(tapeFolder(), 'x.tape.jsonl.gz');
    writeFileSync(file, gzipSync(Buffer.alloc(160 * 1024 ** 2)));
    expect(await problemOf(file)).toMatchObject({ code: 'size', line: 1, problem: 'the line is longer than 128 MB' });
  });

  it('says why a file cannot be read', async () => {
    const folder = tapeFolder();
    await expect(readTape(join(folder, 'none'))).rejects.toThrow('cannot be read: there is no such file.');
    await expect(readTape(folder)).rejects.toThrow(/cannot be read: (it is not a regular file|EISDIR)/);
  });

  it('that is a pipe is refused without waiting for its writer', async () => {
    const pipe = join(tapeFolder(), 'a.tape.jsonl');
    execFileSync('mkfifo', [pipe]);
    await expect(readTape(pipe)).rejects.toThrow('cannot be read: it is not a regular file.');
  });

  it('that fails while it is written leaves the old one, and nothing else', async () => {
    const file = await written();
    const before = readFileSync(file);
    async function* failing() {
      yield* framesOf(...CALL);
      throw new Error('the disk of the recorder');
    }
    await expect(writeTape(file, tapeHead(), failing())).rejects.toThrow('the disk of the recorder');
    expect(readFileSync(file).equals(before)).toBe(true);
    await expect(writeTape(join(file, 'x.tape.jsonl'), tapeHead(), [])).rejects.toThrow(
      /Cannot write .*x\.tape\.jsonl/,
    );
  });

  it('that shrinks or is replaced while it is read gives an error or an end, not other frames', async () => {
    const file = await written();
    const tape = await readTape(file);
    await writeTape(file, tapeHead(), framesOf('other'));
    const reading = (async () => {
      for await (const _ of tape.frames);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'changed' });
    truncateSync(file, 0);
    await expect(readTape(file)).rejects.toMatchObject({ code: 'format', problem: 'the file is empty' });
  });
});
