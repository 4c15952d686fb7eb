import { expect, it } from 'vitest';
import { createCachedContentReader } from '../../../src/store/content/cached-reader.js';
import { createContentReader } from '../../../src/store/content/content-reader.js';
import { createContentWriter } from '../../../src/store/content/content-writer.js';
import { openDatabase } from '../../../src/store/database.js';
import { DamagedContentError } from '../../../src/store/index.js';
import { tempDatabase } from '../support/temp-database.js';

const pieces = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

function opened() {
  const db = openDatabase(tempDatabase(), { readonly: false });
  const writer = createContentWriter(db);
  const reader = createCachedContentReader(db, createContentReader(db));
  return { db, writer, reader };
}

it('joins chains as the plain reader does, repeatedly', () => {
  const { db, writer, reader } = opened();
  const frame = writer.chain(pieces('{"messages":['));
  const messages = writer.chain(pieces('{"a":1}', ' ,{"b":2}', 'x'.repeat(100_000)));
  const plain = createContentReader(db).body([frame, messages]);
  for (let time = 0; time < 2; time += 1) {
    reader.refresh();
    expect(text(reader.body([frame, messages]))).toBe(text(plain));
    expect(() => reader.slice(999)).toThrow(DamagedContentError);
  }
  db.close();
});

it('clears ids that another process has freed and used again', () => {
  const { db, writer, reader } = opened();
  const last = writer.chain(pieces('once', 'used'));
  reader.refresh();
  expect(text(reader.body([last]))).toBe('once,used');
  db.exec(`
    DELETE FROM chain_links; DELETE FROM slices;
    UPDATE metadata SET value = value + 1 WHERE key = 'content_generation'`);
  writer.refresh();
  expect(writer.chain(pieces('quite', 'different'))).toBe(last);
  reader.refresh();
  expect(text(reader.body([last]))).toBe('quite,different');
  db.close();
});
