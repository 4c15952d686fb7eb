import { describe, expect, it, onTestFinished } from 'vitest';
import { LOCAL_USER, NotRatedError, openReader } from '../../../../src/store/index.js';
import { createRater } from '../../../../src/tui/panel/data/rater.js';
import { someRequests } from '../support/some-requests.js';

describe('createRater', () => {
  it('writes once for each change, and only reads the rating before', () => {
    const { file, store, send } = someRequests(0);
    const request = send();
    const [rater, reader] = [createRater(file, 400), openReader(file)];
    onTestFinished(() => {
      rater.close();
      reader.close();
      store.close();
    });
    store.ratings.add(request.id, { rating: 1, comment: null }, LOCAL_USER);
    rater.rate(request.id, -1);
    rater.comment(request.id, 'read the wrong file');
    rater.comment(request.id, 'read the wrong file');
    const events = reader.changes(0, 100).flatMap(({ type }) => (type.startsWith('feedback') ? [type] : []));
    expect(events).toEqual(['feedback.created', 'feedback.updated', 'feedback.updated']);
    expect(rater.undo()).toBe(request.id);
    expect(store.ratings.current(request.id)).toMatchObject({ rating: -1, feedbackText: null });
    rater.undo();
    expect(store.ratings.current(request.id)).toMatchObject({ rating: 1 });
  });

  it('undoes the change before, when the last one cannot be undone', () => {
    const { file, store, send } = someRequests(0);
    const [first, second] = [send(), send()];
    const rater = createRater(file, 400);
    onTestFinished(() => {
      rater.close();
      store.close();
    });
    rater.rate(first.id, 1);
    rater.rate(second.id, -1);
    store.ratings.remove(second.id);
    expect(() => rater.undo()).toThrow(NotRatedError);
    expect(rater.undo()).toBe(first.id);
    expect(rater.undo()).toBeNull();
  });
});
