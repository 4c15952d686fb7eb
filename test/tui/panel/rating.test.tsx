import { describe, expect, it } from 'vitest';
import { openDatabase, openReader } from '../../../src/store/index.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

describe('a rating in the panel', () => {
  it('rates, comments, and undoes step by step', async () => {
    const { file } = someRequests(1);
    const panel = showPanel(file);
    const reader = openReader(file);
    const rating = () => reader.rating('last');
    await panel.says('1/1');
    await panel.press('+');
    expect(await panel.says('rated +1')).toMatch(/▸ .* model-1 /);
    expect(rating()).toMatchObject({ rating: 1, feedbackText: null });
    await panel.press('c', ...'well done', KEYS.enter);
    await panel.says('with a comment');
    expect(rating()).toMatchObject({ rating: 1, feedbackText: 'well done' });
    await panel.press('-');
    await panel.says('rated -1');
    expect(rating()).toMatchObject({ rating: -1, feedbackText: 'well done' });
    await panel.press('u', 'u');
    expect(rating()).toMatchObject({ rating: 1, feedbackText: null });
    await panel.press('u');
    expect(rating()).toBeNull();
    await panel.press('u');
    await panel.says('No rating to undo.');
    reader.close();
  });

  it('reports a locked database, and rates when it is free again', async () => {
    const { file } = someRequests(1);
    const panel = showPanel(file);
    await panel.says('1/1');
    const other = openDatabase(file, { readonly: false, busyTimeoutMs: 100 });
    other.exec('BEGIN IMMEDIATE');
    await panel.press('+');
    await panel.says('is locked by another process');
    other.exec('ROLLBACK');
    other.close();
    await panel.press('+');
    await panel.says('rated +1');
  });
});
