import { expect, it, onTestFinished } from 'vitest';
import {
  AmbiguousNameError,
  InvalidSessionNameError,
  LOCAL_USER,
  NotFoundError,
  openDatabase,
  openReader,
  openStore,
  SessionNameTakenError,
} from '../../../src/store/index.js';
import { aConnection } from '../support/mcp-records.js';
import { anAttribution, aRequest, aResponse, aRun, aShare, USAGE } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

/** Session a: two models, a failure, a rating, an open request; session b, later: one request. */
function stored() {
  const { file, store, run } = startedStore();
  const request = (sessionId: string, initiated: number, model: string) => {
    const made = aRequest(run.id, { sessionId, model, timestamps: { ...aRequest(run.id).timestamps, initiated } });
    store.saveRequest(made);
    return made;
  };
  const usage = { ...USAGE, uncached: 10, cacheRead: 90, cacheWrite5m: 0, cacheWrite1h: 0, output: 5 };
  const answer = (made: ReturnType<typeof request>, cost: number | null, values = {}) =>
    store.saveResponse(
      aResponse(made, { usage, ...values }),
      anAttribution([aShare('user', 100)], { inputCostUsd: cost, outputCostUsd: null }),
    );
  const first = request('a', 1_000, 'small');
  answer(first, 0.25);
  answer(request('a', 2_000, 'large'), 0.5);
  answer(request('a', 3_000, 'large'), null, { usage: null, status: 529 });
  request('a', 4_000, 'large');
  answer(request('b', 9_000_000, 'large'), null);
  store.ratings.add(first.id, { rating: -1, comment: null }, LOCAL_USER);
  store.close();
  return file;
}

it('totals each session, the last seen first, its most expensive model first', () => {
  const reader = openReader(stored());
  const { rows, total } = reader.sessions();
  expect(total).toBe(2);
  expect(rows).toMatchObject([
    { id: 'b', requests: 1, costUsd: null, models: ['large'], averageRating: null },
    {
      id: 'a',
      cwd: '/project',
      requests: 4,
      failedRequests: 1,
      inputTokens: 200,
      cacheReadTokens: 180,
      outputTokens: 10,
      costUsd: 0.75,
      models: ['large', 'small'],
      feedbackCount: 1,
      averageRating: -1,
    },
  ]);
  expect(rows[1]?.durationMs).toBe(Number(rows[1]?.lastSeen) - Number(rows[1]?.firstSeen));
  reader.close();
});

it('returns pages, without sessions last seen before a given time', () => {
  const reader = openReader(stored());
  expect(reader.sessions({}, { limit: 1, offset: 1 }).rows.map(({ id }) => id)).toEqual(['a']);
  const seen = reader.session('b').lastSeen.getTime();
  expect(reader.sessions({ since: seen }).rows.map(({ id }) => id)).toEqual(['b']);
  expect(reader.sessions({ since: seen }).total).toBe(1);
  reader.close();
});

it('finds a session by its id', () => {
  const reader = openReader(stored());
  expect(reader.session('a')).toEqual(reader.sessions().rows[1]);
  expect(() => reader.session('nobody')).toThrow(NotFoundError);
  expect(() => reader.session('nobody')).toThrow('No session with the id or name "nobody".');
  reader.close();
});

it('keeps the totals of requests that retention has removed', () => {
  const file = stored();
  const db = openDatabase(file, { readonly: false });
  db.prepare("DELETE FROM captured_requests WHERE state <> 'open'").run();
  db.close();
  const reader = openReader(file);
  expect(reader.session('a')).toMatchObject({ requests: 4, inputTokens: 200, costUsd: 0.75 });
  reader.close();
});

it('finds a session by its name, which names only one', () => {
  const file = stored();
  const store = openStore(file);
  onTestFinished(() => store.close());
  expect(store.nameSession('last', '  before the rewrite ')).toBe('b');
  const reader = openReader(file);
  onTestFinished(() => reader.close());
  expect(reader.sessionId('before the rewrite')).toBe('b');
  expect(reader.sessions().rows.map(({ name }) => name)).toEqual(['before the rewrite', null]);
  expect(reader.sessionNames()).toEqual(new Map([['b', 'before the rewrite']]));
  expect(() => store.nameSession('a', 'before the rewrite')).toThrow(SessionNameTakenError);
  store.nameSession('before the rewrite', null);
  expect(reader.sessionNames().size).toBe(0);
});

it('keeps every session within reach of its id, whatever the names of others are', () => {
  const file = stored();
  const store = openStore(file);
  const reader = openReader(file);
  onTestFinished(() => {
    reader.close();
    store.close();
  });
  expect(() => store.nameSession('b', 'a')).toThrow(new InvalidSessionNameError('the session id a begins with it'));
  expect(store.nameSession('b', 'cafe')).toBe('b');
  const run = aRun();
  store.beginRun(run);
  store.saveRequest(aRequest(run.id, { sessionId: 'cafe12' }));
  expect(() => reader.sessionId('cafe')).toThrow(new AmbiguousNameError('cafe', 'b', 'cafe12'));
  expect(['caf', 'cafe1', 'cafe12', 'b'].map((given) => reader.sessionId(given))).toEqual([
    'cafe12',
    'cafe12',
    'cafe12',
    'b',
  ]);
  store.saveRequest(aRequest(run.id, { sessionId: 'cafe' }));
  expect(reader.sessionId('cafe')).toBe('cafe');
  // The beginning of its own id is a good name.
  expect(store.nameSession('cafe12', 'cafe1')).toBe('cafe12');
  expect(reader.sessionId('cafe1')).toBe('cafe12');
});

it('finds a session of which only an MCP server is known, and neither lists nor names it', () => {
  const file = stored();
  const store = openStore(file);
  const reader = openReader(file);
  onTestFinished(() => {
    reader.close();
    store.close();
  });
  const run = aRun();
  store.beginRun(run);
  store.saveMcp([{ type: 'connection', connection: aConnection(run.id, { sessionId: 'begun' }) }]);
  store.saveMcp([{ type: 'connection', connection: aConnection(run.id, { sessionId: 'begun' }) }]);
  expect([reader.sessionId('begun'), reader.sessionId('be')]).toEqual(['begun', 'begun']);
  expect(reader.mcpServers({ sessionId: 'begun' })).toHaveLength(1);
  expect(reader.sessionId('last')).toBe('b');
  expect(() => reader.session('begun')).toThrow(NotFoundError);
  expect(() => store.nameSession('begun', 'a name')).toThrow(NotFoundError);
  expect(reader.sessionId('b')).toBe('b');
});

it.each(['', ' ', 'last', 'x'.repeat(61), 'two\nlines', 'up\u001b[A', 'turned\u202e'])(
  'refuses the name %j',
  (name) => {
    const store = openStore(stored());
    onTestFinished(() => store.close());
    expect(() => store.nameSession('last', name)).toThrow(InvalidSessionNameError);
    expect(() => store.nameSession('last', 'é'.repeat(60))).not.toThrow();
  },
);
