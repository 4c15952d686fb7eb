import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import { NotFoundError, openReader } from '../../../src/store/index.js';
import { makeHistory } from '../../support/history/history.js';
import { loadHistory } from '../../support/history/load.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

const START = Date.parse('2026-03-01T10:00:00Z');

/** A turn of two requests and a side call that is still open, and a turn in another session. */
function someTurns() {
  const { file, store, run } = startedStore();
  const begin = (at: number, promptId: string, sessionId = 'one'): CapturedRequest => {
    const initiated = START + at;
    const timestamps = {
      initiated,
      received: null,
      forwarded: null,
      firstByte: null,
      responseEnd: null,
      delivered: null,
    };
    const request = aRequest(run.id, {
      promptId,
      sessionId,
      timestamps,
      model: at === 2_000 ? 'claude-b' : 'claude-a',
    });
    store.saveRequest(request);
    return request;
  };
  const end = (request: CapturedRequest, prompt: string | null, source: string) => {
    store.saveResponse(aResponse(request), anAttribution([aShare(source, 1_000)], { prompt }));
    return request;
  };
  const first = end(begin(0, 'p1'), 'Fix it', 'mcp:serena');
  const second = end(begin(2_000, 'p1'), null, 'user');
  const open = begin(2_500, 'p1');
  const other = end(begin(60_000, 'p1', 'two'), 'Test it', 'user');
  const reader = openReader(file);
  return { reader, first, second, open, other };
}

describe('a turn', () => {
  it('is read with others by their ids, and left out if it is not stored', () => {
    const { reader } = someTurns();
    const [other, one] = reader.turns();
    expect(reader.turnsOf([one?.id ?? '', 'turn_unknown'])).toEqual([one]);
    expect(new Set(reader.turnsOf([one?.id ?? '', other?.id ?? '']))).toEqual(new Set([one, other]));
  });

  it('has the sums of its requests, and the time until the last one ended', () => {
    const { reader } = someTurns();
    const [, turn] = reader.turns();
    expect(turn).toEqual({
      id: expect.stringMatching(/^turn_[0-9a-z]{26}$/),
      sessionId: 'one',
      prompt: 'Fix it',
      startedAt: new Date(START),
      durationMs: 2_901,
      requests: 3,
      sideCalls: 0,
      openRequests: 1,
      failedRequests: 0,
      estimatedRequests: 0,
      inputTokens: 2_000,
      cacheReadTokens: 1_800,
      outputTokens: 84,
      costUsd: 0.003,
    });
    expect(reader.turn(turn?.id ?? '')).toEqual(turn);
    expect(reader.turn('last').prompt).toBe('Test it');
    reader.close();
  });

  it('is found by what its requests have, with the figures of those that match', () => {
    const { reader, first, second, open } = someTurns();
    const found = (filter: Parameters<typeof reader.turns>[0]) =>
      reader.turns(filter).map(({ prompt, requests }) => [prompt, requests]);
    expect(found({})).toEqual([
      ['Test it', 1],
      ['Fix it', 3],
    ]);
    expect(found({ sessionId: 'one' })).toEqual([['Fix it', 3]]);
    expect(found({ source: 'mcp:*' })).toEqual([['Fix it', 1]]);
    expect(found({ model: 'claude-b' })).toEqual([['Fix it', 1]]);
    expect(found({ since: START + 2_000, until: START + 3_000 })).toEqual([['Fix it', 2]]);
    expect(found({ sessionId: 'three' })).toEqual([]);
    expect(reader.countTurns({ sessionId: 'one' })).toBe(1);
    const [turn] = reader.turns({ sessionId: 'one' });
    const rows = reader.page({ turnId: turn?.id }, { ascending: true });
    expect(rows.map(({ id }) => id)).toEqual([first.id, second.id, open.id]);
    expect(rows.map(({ turnId }) => turnId)).toEqual([turn?.id, turn?.id, turn?.id]);
    reader.close();
  });

  it('that is not stored is an error, also as the place of a page', () => {
    const { reader } = someTurns();
    expect(() => reader.turn('turn_x')).toThrow(NotFoundError);
    expect(() => reader.turn('turn_')).toThrow('Several ids begin with "turn_"');
    expect(() => reader.turns({}, { after: 'turn_x' })).toThrow('No turn with the id "turn_x".');
    reader.close();
  });
});

it('the turns of a history are listed page by page, and have all of its requests but those in none', () => {
  const { file, store } = startedStore();
  loadHistory(store, makeHistory({ seed: 3, requests: 300, days: 2, scale: 0.02 }));
  store.close();
  const reader = openReader(file);
  const count = reader.countTurns();
  const all = reader.turns({}, { limit: count });
  expect(count).toBeGreaterThan(10);
  const paged: typeof all = [];
  for (let page = reader.turns({}, { limit: 7 }); page.length > 0; ) {
    paged.push(...page);
    page = reader.turns({}, { limit: 7, after: page.at(-1)?.id });
  }
  expect(paged).toEqual(all);
  expect(all.map(({ startedAt }) => startedAt)).toEqual(
    all.map(({ startedAt }) => startedAt).toSorted((a, b) => Number(b) - Number(a)),
  );
  const sum = (figure: (turn: (typeof all)[number]) => number) => all.reduce((total, turn) => total + figure(turn), 0);
  const rest = reader.page({ turnId: null }, { limit: 300 });
  const { total } = reader.stats({}, { by: 'model' });
  expect(sum(({ requests }) => requests) + rest.length).toBe(total.requests);
  const restTokens = rest.reduce(
    (tokens, row) => tokens + (row.tokens.known === 'exact' ? (row.tokens.input ?? 0) : 0),
    0,
  );
  expect(sum(({ inputTokens }) => inputTokens) + restTokens).toBe(total.inputTokens);
  expect(all.filter(({ sideCalls }) => sideCalls > 0).length).toBeGreaterThan(0);
  for (const { id, requests, sideCalls } of all) {
    expect(requests - sideCalls).toBe(reader.count({ turnId: id, sideCalls: false }));
  }
  expect(all.every(({ prompt }) => prompt !== null)).toBe(true);
  reader.close();
});
