import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedContentError, openDatabase, openReader } from '../../src/store/index.js';
import { aBody, aRequest, aResponse } from './support/records.js';
import { startedStore } from './support/started-store.js';

describe('bodies', () => {
  it('are returned exactly as they were stored', () => {
    const { file, store, run } = startedStore();
    const reader = openReader(file);
    const json = fc.tuple(fc.jsonValue(), fc.constantFrom(0, 1, '\t')).map(([messages, space]) => {
      return Buffer.from(
        JSON.stringify({ model: 'm', messages, tools: [messages, {}], system: [messages] }, null, space),
      );
    });
    const bytes = fc.oneof(json, fc.uint8Array({ maxLength: 2_000 }));
    fc.assert(
      fc.property(bytes, bytes, (sent, received) => {
        const request = aRequest(run.id, { body: aBody(sent) });
        store.saveRequest(request);
        store.saveResponse(aResponse(request, { body: aBody(received) }), null);
        expect(Buffer.compare(reader.requestBody(request.id), sent)).toBe(0);
        expect(Buffer.compare(reader.responseBody(request.id) ?? Buffer.from('absent'), received)).toBe(0);
      }),
    );
    reader.close();
    store.close();
  });

  it('keep the hash of the wire, and are verified by their own hash, when redacted or truncated', () => {
    const { file, store, run } = startedStore();
    const redacted = aRequest(run.id, {
      body: aBody('{"token":"***"}', { sha256: 'ab'.repeat(32), size: 99, redacted: true }),
    });
    const truncated = aRequest(run.id, {
      body: aBody('{"messages":[1,', { sha256: null, size: 5_000_000, truncated: true }),
    });
    store.saveRequest(redacted);
    store.saveRequest(truncated);
    const reader = openReader(file);
    expect(Buffer.from(reader.requestBody(redacted.id)).toString()).toBe('{"token":"***"}');
    expect(reader.request(redacted.id).requestBody).toEqual({
      size: 99,
      sha256: 'ab'.repeat(32),
      truncated: false,
      redacted: true,
    });
    expect(Buffer.from(reader.requestBody(truncated.id)).toString()).toBe('{"messages":[1,');
    expect(reader.request(truncated.id).requestBody).toMatchObject({ size: 5_000_000, sha256: null, truncated: true });
    reader.close();
    store.close();
  });

  it('are never returned when they are damaged', () => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id, { body: aBody(`{"messages":["${'long '.repeat(50)}","second"]}`) });
    store.saveRequest(request);
    store.close();
    const db = openDatabase(file, { readonly: false });
    const damages = [
      'UPDATE slices SET bytes = CAST(\'"sECond"\' AS BLOB) WHERE size = 8',
      'UPDATE slices SET bytes = substr(bytes, 4) WHERE encoding = 1',
      'DELETE FROM slices WHERE size = 8',
    ];
    for (const damage of damages) {
      expect(db.prepare(damage).run().changes).toBeGreaterThan(0);
      const reader = openReader(file);
      expect(() => reader.requestBody(request.id)).toThrow(DamagedContentError);
      reader.close();
    }
    db.close();
  });

  it("are written again when another process has freed content in the writer's cache", () => {
    const { file, store, run } = startedStore();
    store.saveRequest(aRequest(run.id));
    const pruning = openDatabase(file, { readonly: false });
    pruning.transaction(() => {
      pruning.exec('DELETE FROM captured_requests; DELETE FROM chain_links; DELETE FROM slices');
      pruning.exec(
        "INSERT INTO slices VALUES (1, x'00', 0, 5, CAST('other' AS BLOB)); INSERT INTO chain_links VALUES (1, 0, 1)",
      );
      pruning.exec("UPDATE metadata SET value = value + 1 WHERE key = 'content_generation'");
    })();
    pruning.close();
    const request = aRequest(run.id);
    store.saveRequest(request);
    const reader = openReader(file);
    expect(reader.requestBody(request.id)).toEqual(request.body.bytes);
    reader.close();
    store.close();
  });

  it('are complete after a rolled back transaction', () => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    const undone = () =>
      store.transaction(() => {
        store.saveRequest(request);
        throw new Error('undo');
      });
    expect(undone).toThrow('undo');
    store.saveRequest(request);
    const reader = openReader(file);
    expect(reader.requestBody(request.id)).toEqual(request.body.bytes);
    reader.close();
    store.close();
  });
});
