import { readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkTape,
  compressTape,
  createFacts,
  deleteTape,
  findTape,
  matchesTape,
  readLibrary,
  readTape,
  removeLeftovers,
  repairTape,
  saveTape,
  searchTape,
  summarize,
  type TapeFilter,
  tagTape,
  writeTape,
} from '../../../src/mcp/tape/index.js';
import type { TapeFrame, TapeId } from '../../../src/model/tape.js';
import { CALL, framesOf, tapeFolder, tapeHead } from './support/tapes.js';

const idOf = (letters: string): TapeId => `tape_${letters.padEnd(26, '0')}`;
const serverOf = (name: string) => ({ name, transport: 'stdio' as const, command: null, url: null });

async function saved(
  folder: string,
  id: string,
  values: Parameters<typeof tapeHead>[0] = {},
  frames = framesOf(...CALL),
) {
  return saveTape(folder, tapeHead({ id: idOf(id), ...values }), frames);
}

async function messagesOf(file: string): Promise<string[]> {
  const messages: string[] = [];
  for await (const { bytes } of (await readTape(file)).frames) messages.push(String(bytes));
  return messages;
}

describe('a library of tapes', () => {
  it('lists tapes, the newest first, without other files', async () => {
    const folder = tapeFolder();
    await saved(folder, 'a', { created_at: '2026-11-01T00:00:00Z', tags: ['x'] });
    const newest = await saved(folder, 'b', { created_at: '2026-11-02T00:00:00Z' });
    await saveTape(folder, tapeHead({ id: idOf('c'), created_at: '2026-10-01T00:00:00Z' }), framesOf(...CALL), true);
    writeFileSync(join(folder, 'notes.txt'), 'no tape');
    writeFileSync(join(folder, 'x.tape.jsonl.123.partial'), 'no tape');
    writeFileSync(join(folder, '.hidden.tape.jsonl'), 'no tape');
    writeFileSync(join(folder, 'broken.tape.jsonl'), 'no tape');
    await mkdir(join(folder, 'folder.tape.jsonl'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.tape.jsonl'));
    const { tapes, unreadable } = await readLibrary(folder);
    expect(tapes.map(({ id, complete, compressed, frames }) => [id.slice(5, 6), complete, compressed, frames])).toEqual(
      [
        ['b', true, false, 5],
        ['a', true, false, 5],
        ['c', true, true, 5],
      ],
    );
    expect(tapes[1]).toMatchObject({ durationMs: 42, server: 'serena', tags: ['x'], bytes: statSync(newest).size + 3 });
    expect(unreadable.map(({ file }) => basename(file)).toSorted()).toEqual(['broken.tape.jsonl', 'folder.tape.jsonl']);
    expect(await readLibrary(join(folder, 'none'))).toEqual({ tapes: [], unreadable: [] });
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it('summarizes partial tapes, cut ones, and long last lines', async () => {
    const file = await saved(tapeFolder(), 'a', {}, framesOf(...CALL, `{"text":"${'long '.repeat(5_000)}"}`));
    const whole = readFileSync(file, 'utf8');
    expect(await summarize(file)).toMatchObject({ frames: 6, durationMs: 52.5, complete: true });
    writeFileSync(file, whole.slice(0, whole.lastIndexOf('{"end"')));
    expect(await summarize(file)).toMatchObject({ frames: 6, durationMs: 52.5, complete: false });
    writeFileSync(file, whole.slice(0, whole.lastIndexOf('{"end"') - 100));
    expect(await summarize(file)).toMatchObject({ frames: 5, durationMs: 42, complete: false });
  });

  it('finds a tape by id, name, the beginning of one, path or last', async () => {
    const folder = tapeFolder();
    const first = await saved(folder, 'aa1', { created_at: '2026-11-01T00:00:00Z' });
    const second = await saved(folder, 'aa2', { created_at: '2026-11-02T00:00:00Z', server: serverOf('wiki') });
    expect(await findTape(folder, idOf('aa1'))).toBe(first);
    expect(await findTape(folder, 'tape_aa2')).toBe(second);
    expect(await findTape(folder, 'aa2')).toBe(second);
    expect(await findTape(folder, basename(first))).toBe(first);
    expect(await findTape(folder, basename(first, '.tape.jsonl'))).toBe(first);
    expect(await findTape(folder, 'wiki')).toBe(second);
    expect(await findTape(folder, 'last')).toBe(second);
    expect(await findTape(tapeFolder(), first)).toBe(first);
    await expect(findTape(folder, 'tape_aa')).rejects.toMatchObject({
      code: 'ambiguous',
      message: /^2 tapes begin with "tape_aa"/,
    });
    for (const none of ['', 'tape_', 'zz', '../x', 'last\u001b[31m']) {
      await expect(findTape(folder, none)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(findTape(folder, '\u001b')).rejects.toThrow('There is no tape "\\u001b".');
    await expect(findTape(tapeFolder(), 'last')).rejects.toThrow('There is no tape yet.');
  });

  it('writes nothing outside of its folder, whatever a server is called', async () => {
    const folder = tapeFolder();
    const inside = join(folder, 'tapes');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('../../x', '/etc/x', '..', '\0', 'a'.repeat(999))),
        async (name) => {
          const file = await saveTape(inside, tapeHead({ server: serverOf(name) }), framesOf('{}'));
          expect(basename(file)).toMatch(/^[\w-]{1,40}-\d{4}-\d\d-\d\d-\w{6}\.tape\.jsonl$/);
          expect(await deleteTape(file)).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
    expect(readdirSync(folder)).toEqual(['tapes']);
    expect(readdirSync(inside)).toEqual([]);
  });

  it('replaces a tape with the same id, and keeps its file and tags', async () => {
    const folder = tapeFolder();
    const file = await saved(folder, 'a', {}, framesOf('{}'));
    await tagTape(file, ['mine'], []);
    expect(await saved(folder, 'a')).toBe(file);
    expect((await readLibrary(folder)).tapes).toMatchObject([{ frames: 5, tags: ['mine'] }]);
  });

  it('survives deletes of other processes, in any order', async () => {
    const folder = tapeFolder();
    const files: string[] = [];
    for (let n = 10; n < 40; n++) files.push(await saved(folder, `x${n}`));
    const [library, ...deleted] = await Promise.all([
      readLibrary(folder),
      ...files.flatMap((file) => [deleteTape(file), deleteTape(file)]),
    ]);
    expect(library.unreadable).toEqual([]);
    expect(deleted.filter(Boolean)).toHaveLength(30);
    expect(await readLibrary(folder)).toEqual({ tapes: [], unreadable: [] });
  });

  it('removes what killed writers left behind, and nothing else', async () => {
    const folder = tapeFolder();
    const old = join(folder, `x.tape.jsonl.1.${'0'.repeat(26)}.partial`);
    const recent = join(folder, `y.tape.jsonl.gz.1.${'0'.repeat(26)}.partial`);
    for (const file of [old, recent, join(folder, 'z.partial')]) writeFileSync(file, '');
    for (const file of [old, join(folder, 'z.partial')]) utimesSync(file, 0, 0);
    await removeLeftovers(folder, Date.now());
    expect(readdirSync(folder).toSorted()).toEqual([basename(recent), 'z.partial']);
  });
});

describe('a filter', () => {
  it.each<[TapeFilter, boolean]>([
    [{}, true],
    [{ name: 'serena-*' }, true],
    [{ name: 'Serena-*' }, false],
    [{ server: 'ser*' }, true],
    [{ server: 'ser' }, false],
    [{ tool: 'find_*' }, true],
    [{ tool: 'outline' }, false],
    [{ tags: ['a', 'b'] }, true],
    [{ tags: ['a', 'c'] }, false],
    [{ session: 'aaaaaaaa' }, true],
    [{ session: 'bbb' }, false],
    [{ since: Date.parse('2026-11-30T03:45:00Z') }, true],
    [{ until: Date.parse('2026-11-30T03:45:00Z') }, false],
    [{ minDurationMs: 42, maxDurationMs: 42 }, true],
    [{ minDurationMs: 43 }, false],
    [{ minBytes: 100, maxBytes: 10_000 }, true],
    [{ maxBytes: 100 }, false],
  ])('%j: %s', async (filter, expected) => {
    const file = await saved(tapeFolder(), 'a', { tags: ['a', 'b'] });
    expect(await matchesTape(await summarize(file), filter)).toBe(expected);
  });
});

describe('tagging', () => {
  it.each([false, true])('changes the head and the checksum, and nothing else; compressed: %s', async (compress) => {
    const folder = tapeFolder();
    const file = await saveTape(
      folder,
      tapeHead(),
      framesOf(...CALL, 'no JSON', '{"end":true,"x":"\\"end\\""}'),
      compress,
    );
    const before = await messagesOf(file);
    expect(await tagTape(file, ['a', 'b', 'a'], [])).toEqual(['a', 'b']);
    expect(await tagTape(file, ['c'], ['a'])).toEqual(['b', 'c']);
    expect(await checkTape(file)).toMatchObject({ frames: 7, end: { frames: 7 }, head: { tags: ['b', 'c'] } });
    expect(await messagesOf(file)).toEqual(before);
  });

  it('keeps fields that it does not know, and a partial tape partial', async () => {
    const file = await saved(tapeFolder(), 'a');
    const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${head.replace('{', '{"later":[1],')}\n${lines.slice(0, -1).join('\n')}\n`);
    await tagTape(file, ['a'], []);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"later":\[1\],.*"tags":\["a"\]\}\n/);
    expect((await checkTape(file)).end).toBeNull();
  });

  it('takes no head for the end', async () => {
    const file = await saved(tapeFolder(), 'a');
    const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${[head.replace('{', '{"end":true,'), ...lines.slice(0, -1)].join('\n')}\n`);
    const before = await messagesOf(file);
    await tagTape(file, ['a'], []);
    expect((await checkTape(file)).head.tags).toEqual(['a']);
    expect(await messagesOf(file)).toEqual(before);
  });

  it('does not make a damaged tape look whole', async () => {
    const file = await saved(tapeFolder(), 'a');
    writeFileSync(file, readFileSync(file, 'utf8').replace('Foo', 'Bar'));
    const before = readFileSync(file, 'utf8');
    await expect(tagTape(file, ['a'], [])).rejects.toMatchObject({ code: 'checksum' });
    await expect(compressTape(file)).rejects.toMatchObject({ code: 'checksum' });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

it('compressing keeps every byte, and replaces the file', async () => {
  const folder = tapeFolder();
  const file = await saved(folder, 'a');
  const before = await checkTape(file);
  const compressed = await compressTape(file);
  expect(readdirSync(folder)).toEqual([basename(compressed)]);
  expect(await checkTape(compressed)).toEqual(before);
  await expect(compressTape(compressed)).rejects.toThrow('is compressed already');
});

describe('repairing', () => {
  it('keeps all frames that can be read, and the file as it was', async () => {
    const folder = tapeFolder();
    const file = await saved(folder, 'a');
    const lines = readFileSync(file, 'utf8').split('\n');
    lines[0] = (lines[0] ?? '').replace(/tape_\w{26}/, '../../etc/passwd');
    lines[2] = (lines[2] ?? '').replace('"dir":"s"', '"dir":"?"');
    lines.splice(4, 0, 'no JSON');
    writeFileSync(file, lines.join('\n'));
    const damaged = readFileSync(file, 'utf8');
    const repair = await repairTape(file);
    expect(repair).toMatchObject({
      frames: 4,
      dropped: 2,
      problem: expect.stringMatching(/line 3, byte \d+: "dir" of the frame/),
    });
    expect(repair.newId).toMatch(/^tape_/);
    expect(readFileSync(repair.backup ?? '', 'utf8')).toBe(damaged);
    expect(await checkTape(file)).toMatchObject({ frames: 4, end: { frames: 4 }, head: { id: repair.newId } });
    expect(readdirSync(folder)).toHaveLength(2);
    expect(await repairTape(file)).toMatchObject({ frames: 4, backup: null });
  });

  it.each(['a.tape.jsonl', 'a.tape.jsonl.gz'])(
    'repair saves a tape that was cut or changed anywhere: %s',
    async (name) => {
      const folder = tapeFolder();
      const file = join(folder, name);
      await writeTape(file, tapeHead(), framesOf(...CALL));
      const whole = readFileSync(file);
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), async (length, place, byte) => {
          const bytes = Buffer.from(whole.subarray(0, length));
          if (place < length) bytes[place] = byte;
          writeFileSync(file, bytes);
          const repaired = await repairTape(file).catch((error: unknown) => error);
          if (repaired instanceof Error) expect(repaired).toMatchObject({ name: 'TapeError', line: 1 });
          else expect((await checkTape(file)).end).not.toBeNull();
        }),
        { numRuns: 25 },
      );
    },
  );
});

describe('the facts of a tape', () => {
  const call = (id: number, name: string) =>
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}"}}`;
  const answer = (id: number, isError = false) =>
    `<{"jsonrpc":"2.0","id":${id},"result":{"content":[],"isError":${isError}}}`;

  it('count calls, and leave out those that claude-trace changed', () => {
    const frames: TapeFrame[] = framesOf(
      ...[call(1, 'a'), answer(1), call(2, 'a'), answer(2, true), call(3, 'b'), call(4, 'c'), answer(4), 'no JSON'],
    );
    if (frames[6]) frames[6].altered = true;
    if (frames[7]) frames[7].synthetic = true;
    const facts = createFacts();
    const tape = facts.tape();
    for (const frame of frames) tape.take(frame);
    tape.end();
    expect(facts.facts()).toMatchObject({
      clientMessages: 5,
      serverMessages: 3,
      alteredCalls: 1,
      alteredFrames: 1,
      syntheticFrames: 1,
      calls: [
        { method: 'tools/call', name: 'a', calls: 2, failedCalls: 1, openCalls: 0, p50Ms: 10.5, p95Ms: 10.5 },
        { method: 'tools/call', name: 'b', calls: 1, failedCalls: 0, openCalls: 1, p50Ms: null, p95Ms: null },
      ],
    });
  });
});

describe('a search', () => {
  it('finds a text as it is and as JSON spells it, in any letter case', async () => {
    const file = await saved(
      tapeFolder(),
      'a',
      {},
      framesOf('{"text":"say \\"Hello\\"\\nÜber"}', '<plain "hello"', '{}'),
    );
    const found = async (text: string) => {
      const places: number[] = [];
      for await (const { seq } of searchTape({ name: 'a', file }, text)) places.push(seq);
      return places;
    };
    expect(await found('HELLO')).toEqual([0, 1]);
    expect(await found('"hello"')).toEqual([0, 1]);
    expect(await found('über')).toEqual([0]);
    expect(await found('"\nÜ')).toEqual([0]);
    expect(await found('nothing')).toEqual([]);
  });
});
