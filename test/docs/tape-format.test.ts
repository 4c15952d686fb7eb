import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTape, tapeLines } from '../../src/mcp/tape/index.js';
import { CALL, framesOf, tapeFolder, tapeHead } from '../mcp/tape/support/tapes.js';
import { firstCells, readPage, sectionsOf } from './support/pages.js';

const schema = JSON.parse(await readFile(new URL('../../docs/tape.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);
const validate = ajv.compile(schema);
const page = await readPage('docs/tape-format.md');

async function linesOf(...messages: (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of tapeLines(tapeHead({ tags: ['a'] }), framesOf(...messages))) lines.push(line);
  return lines;
}

/** Whether the reader takes a head, this line, and nothing more. */
async function isRead(line: string): Promise<boolean> {
  const file = join(tapeFolder(), 'a.tape.jsonl');
  writeFileSync(file, `${(await linesOf())[0]}${line}\n`);
  return checkTape(file).then(
    () => true,
    () => false,
  );
}

describe('docs/tape.schema.json', () => {
  it('describes every line that is written', async () => {
    const lines = await linesOf(...CALL, 'no JSON', '{ }', Buffer.from([0xff]));
    for (const line of lines) expect([line, validate(JSON.parse(line)), validate.errors]).toEqual([line, true, null]);
  });

  it.each([
    '{"seq":0,"at":0.5,"dir":"c","message":null}',
    '{"seq":0,"at":0,"dir":"s","text":"x","http":{"exchange":"a","status":200},"altered":true,"later":1}',
    '{"seq":-1,"at":0,"dir":"c","message":1}',
    '{"seq":0.5,"at":0,"dir":"c","message":1}',
    '{"seq":0,"at":-1,"dir":"c","message":1}',
    '{"seq":0,"at":"0","dir":"c","message":1}',
    '{"seq":0,"at":0,"dir":"client","message":1}',
    '{"seq":0,"at":0,"dir":"c"}',
    '{"seq":0,"at":0,"dir":"c","message":1,"text":""}',
    '{"seq":0,"at":0,"dir":"c","base64":1}',
    '{"seq":0,"at":0,"dir":"c","text":"","http":{"exchange":7}}',
    '{"end":true,"frames":0}',
    '[]',
  ])('and the reader agree about %s', async (line) => {
    expect(await isRead(line)).toBe(validate(JSON.parse(line)));
  });

  it('and the reader agree about frames with any values', async () => {
    const value = fc.oneof(fc.constantFrom(0, 1, -1, 0.5, 'c', 's', '', true), fc.jsonValue({ maxDepth: 1 }));
    const frame = fc.record(
      { seq: value, at: value, dir: fc.constantFrom('c', 's', 'x'), message: value, text: fc.string(), http: value },
      { requiredKeys: ['seq', 'at', 'dir'] },
    );
    await fc.assert(
      fc.asyncProperty(frame, async (given) => {
        const line = JSON.stringify(given);
        expect([line, await isRead(line)]).toEqual([line, validate(JSON.parse(line))]);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    { fields: 'head', section: 'Head' },
    { fields: 'frame', section: 'Frames' },
    { fields: 'end', section: 'End' },
  ])('has the fields of the page: $fields', ({ fields, section }) => {
    const text = sectionsOf(page).find(({ heading }) => heading === section)?.text ?? '';
    const documented = firstCells(text).flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
    const defined = Object.keys(schema.definitions[fields].properties).filter((name) => name !== 'end');
    expect(documented.toSorted()).toEqual(defined.toSorted());
  });
});

describe('docs/tape-format.md', () => {
  it('shows a tape that can be read', async () => {
    const [, example = ''] = /```json\n([^`]*)```/.exec(page) ?? [];
    const file = join(tapeFolder(), 'example.tape.jsonl');
    writeFileSync(file, example);
    expect(await checkTape(file)).toMatchObject({ frames: 2, durationMs: 2.25, end: { frames: 2 } });
  });
});
