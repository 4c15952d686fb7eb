import { describe, expect, it } from 'vitest';
import { createContentWriter } from '../../../src/store/content/content-writer.js';
import { openDatabase } from '../../../src/store/index.js';
import { createRelease } from '../../../src/store/retention/release.js';
import { contentUse } from '../support/content-use.js';
import { saveHistory } from '../support/old-history.js';
import { startedStore } from '../support/started-store.js';

describe('releasing', () => {
  it('frees an unused slice, whose content the same transaction can write again', () => {
    const { file, store, run } = startedStore();
    saveHistory(store, run.id, 2);
    const db = openDatabase(file, { readonly: false });
    const content = createContentWriter(db);
    const release = createRelease(db, content);
    const bytes = Buffer.from('only once');
    const written = db.transaction(() => {
      const first = content.slice(bytes);
      release({ slices: [first] });
      expect(db.prepare('SELECT 1 FROM slices WHERE id = ?').get(first)).toBeUndefined();
      return content.slice(bytes);
    })();
    expect(contentUse(file).unused.slices).toEqual([written]);
    db.close();
    store.close();
  });

  it('keeps content that is still used', () => {
    const { file, store, run } = startedStore();
    saveHistory(store, run.id, 3);
    const before = contentUse(file);
    const db = openDatabase(file, { readonly: false });
    const ids = (table: string) => db.prepare<[], number>(`SELECT id FROM ${table}`).pluck().all();
    const everything = { links: ids('chain_links'), slices: ids('slices'), sourceSets: ids('source_sets') };
    const generation = db.prepare("SELECT value FROM metadata WHERE key = 'content_generation'").pluck();
    const known = generation.get();
    createRelease(db, createContentWriter(db))(everything);
    expect(contentUse(file)).toEqual(before);
    expect([ids('chain_links'), ids('slices'), ids('source_sets')]).toEqual(Object.values(everything));
    expect(generation.get()).toBe(known);
    db.close();
    store.close();
  });
});
