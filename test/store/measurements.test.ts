import { expect, it } from 'vitest';
import type { Measurements } from '../../src/model/measurement.js';
import { openReader, verifyFile } from '../../src/store/index.js';
import { startedStore } from './support/started-store.js';

const found = (...pieces: [string, number][]): Measurements =>
  new Map(pieces.map(([piece, tokens]) => [piece, { tokens, known: 'exact' }]));

it('keeps answers of count_tokens and the tokens of pieces by model, each once', () => {
  const { file, store } = startedStore();
  const count = { model: 'claude-opus-5', request: 'aa', tokens: 120, at: 1 };
  store.saveTokenCount(count, found(['text 01', 90]));
  // A piece that is measured stays as it was measured.
  store.saveTokenCount({ ...count, request: 'bb', tokens: 130 }, found(['text 01', 99], ['text+ 02', 8]));
  store.saveMeasurements('claude-haiku-5', new Map([['text 01', { tokens: 70, known: 'shared' }]]));
  store.close();

  const reader = openReader(file);
  expect([...reader.tokenCounts('claude-opus-5')]).toEqual([
    ['aa', 120],
    ['bb', 130],
  ]);
  expect(reader.measurements('claude-opus-5')).toEqual(found(['text 01', 90], ['text+ 02', 8]));
  expect(reader.measurements('claude-haiku-5')).toEqual(new Map([['text 01', { tokens: 70, known: 'shared' }]]));
  expect(reader.measurements('claude-sonnet-5').size).toBe(0);
  reader.close();
  expect(verifyFile(file)).toMatchObject({ damage: [] });
});

it('forgets all of them', () => {
  const { file, store } = startedStore();
  store.saveTokenCount({ model: 'claude-opus-5', request: 'aa', tokens: 120, at: 1 }, found(['text 01', 90]));
  store.saveMeasurements('claude-haiku-5', found(['text 01', 70]));
  expect(store.forgetMeasurements()).toBe(2);
  store.close();

  const reader = openReader(file);
  expect(reader.tokenCounts('claude-opus-5').size).toBe(0);
  for (const model of ['claude-opus-5', 'claude-haiku-5']) expect(reader.measurements(model).size).toBe(0);
  reader.close();
});
