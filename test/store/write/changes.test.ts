import { describe, expect, it } from 'vitest';
import { LOCAL_USER, openDatabase, openReader, openStore } from '../../../src/store/index.js';
import { createChangeLog } from '../../../src/store/write/changes.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

const GOOD = { rating: 1, comment: null };

function started() {
  const { file, store, run } = startedStore();
  const reader = openReader(file);
  /** Numbers relative to the first one of the database. */
  const told = (after = 0) => {
    const { first } = reader.keptChanges();
    return reader.changes(first - 1 + after, 100).map(({ n, type, requestId }) => [n - first + 1, type, requestId]);
  };
  return { file, store, run, reader, told };
}

describe('the log of changes', () => {
  it('has each change once, in the order of commits, and none for a repeated write', () => {
    const { store, run, told } = started();
    const [first, second] = [aRequest(run.id), aRequest(run.id)];
    for (const request of [first, second, first]) store.saveRequest(request);
    const answer = aResponse(second);
    for (const response of [answer, answer]) store.saveResponse(response, anAttribution([aShare('user', 5)]));
    store.ratings.add(first.id, GOOD, LOCAL_USER);
    store.ratings.change(first.id, { rating: 0 });
    store.ratings.remove(first.id);
    expect(told()).toEqual([
      [1, 'request.started', first.id],
      [2, 'request.started', second.id],
      [3, 'request.ended', second.id],
      [4, 'feedback.created', first.id],
      [5, 'feedback.updated', first.id],
      [6, 'feedback.deleted', first.id],
    ]);
    expect(told(4)).toHaveLength(2);
  });

  it('has no entry for a rating that is read or given again unchanged', () => {
    const { store, run, told } = started();
    const request = aRequest(run.id);
    store.saveRequest(request);
    expect(store.ratings.current(request.id)).toBeNull();
    expect(store.ratings.set(request.id, { comment: 'slow' }, LOCAL_USER)).toMatchObject({
      row: { rating: 0, feedbackText: 'slow' },
      before: null,
    });
    expect(store.ratings.set(request.id, { rating: 1 }, LOCAL_USER)).toMatchObject({
      row: { rating: 1, feedbackText: 'slow' },
      before: { rating: 0, comment: 'slow' },
    });
    store.ratings.current(request.id);
    store.ratings.change(request.id, {});
    store.ratings.set(request.id, { rating: 1 }, LOCAL_USER);
    expect(told(1).map(([, type]) => type)).toEqual(['feedback.created', 'feedback.updated']);
  });

  it('names the changed rating', () => {
    const { store, run, reader } = started();
    const request = aRequest(run.id);
    store.saveRequest(request);
    const { id } = store.ratings.add(request.id, GOOD, LOCAL_USER);
    store.ratings.remove(id);
    const { first } = reader.keptChanges();
    expect(reader.changes(first, 100).map(({ feedbackId }) => feedbackId)).toEqual([id, id]);
  });

  it('has no entry for a rolled back write', () => {
    const { store, run, told } = started();
    const undone = () =>
      store.transaction(() => {
        store.saveRequest(aRequest(run.id));
        throw new Error('undone');
      });
    expect(undone).toThrow('undone');
    expect(told()).toEqual([]);
  });

  it('has one end for an interrupted request', () => {
    const { file, store, run, told } = started();
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.endRun(run.id);
    const other = openStore(file);
    expect([other.markInterrupted(), store.markInterrupted()]).toEqual([1, 0]);
    expect(told(1)).toEqual([[2, 'request.ended', request.id]]);
  });

  it('keeps at least the last 10,000, and goes on counting', () => {
    const { file, store, run, reader } = started();
    const db = openDatabase(file, { readonly: false });
    const note = createChangeLog(db);
    db.transaction(() => {
      for (let n = 0; n < 10_600; n++) note('request.started', `req_${n}`);
    })();
    db.close();
    const { first, last } = reader.keptChanges();
    const count = last - first + 1;
    expect([count >= 10_000, count < 10_500]).toEqual([true, true]);
    expect(reader.changes(last - 1, 2)).toMatchObject([{ n: last, requestId: 'req_10599' }]);
    store.saveRequest(aRequest(run.id));
    expect(reader.keptChanges().last).toBe(last + 1);
  });
});
