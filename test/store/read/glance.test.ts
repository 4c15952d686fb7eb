import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDatabase } from '../../../src/store/database.js';
import {
  ForeignDatabaseError,
  LockedError,
  NothingCapturedError,
  openDatabase,
  openReader,
} from '../../../src/store/index.js';
import { glanceAt } from '../../../src/store/read/glance.js';
import { loadSqlite } from '../../../src/store/sqlite.js';
import { anAttribution, aRequest, aResponse, aShare, USAGE } from '../support/records.js';
import { startedStore } from '../support/started-store.js';
import { tempDatabase } from '../support/temp-database.js';

const usage = { ...USAGE, uncached: 10, cacheRead: 90, cacheWrite5m: 0, cacheWrite1h: 0, output: 5 };

/** Session a: two requests of the main conversation, a side call after them, one without a bill. */
function stored(): string {
  const { file, store, run } = startedStore();
  const answered = (
    at: number,
    shares: [source: string, tokens: number][],
    values: object,
    purpose: 'main' | 'title',
  ) => {
    const request = aRequest(run.id, { sessionId: 'a', timestamps: { ...aRequest(run.id).timestamps, initiated: at } });
    store.saveRequest(request);
    const place = { purpose, threadId: request.id, previousId: null, continuation: null, startedBy: null };
    const attribution = anAttribution(
      shares.map(([source, tokens]) => aShare(source, tokens)),
      { place, outputCostUsd: 0, output: { tokens: 5, known: 'exact' } },
    );
    store.saveResponse(aResponse(request, { usage, ...values }), attribution);
  };
  answered(1_000, [['user', 100]], {}, 'main');
  answered(
    2_000,
    [
      ['mcp:a', 30],
      ['mcp:b', 30],
      ['user', 15],
      ['tool:Bash', 25],
    ],
    {},
    'main',
  );
  answered(3_000, [['user', 100]], {}, 'title');
  answered(4_000, [['user', 100]], { usage: null, status: 529 }, 'main');
  store.close();
  return file;
}

describe('glanceAt', () => {
  it('has the context of the last billed request of the main conversation, by group', () => {
    expect(glanceAt(stored(), 'a', [], 0).session?.context).toEqual({
      tokens: 105,
      groups: [
        { group: 'mcp', tokens: 60 },
        { group: 'tools', tokens: 25 },
        { group: 'conversation', tokens: 15 },
      ],
    });
  });

  it('has the totals of the session that all commands have', () => {
    const file = stored();
    const reader = openReader(file);
    const session = reader.session('a');
    reader.close();
    expect(glanceAt(file, 'a', [], 0).session).toMatchObject({
      inputTokens: session.inputTokens,
      cacheReadTokens: session.cacheReadTokens,
      costUsd: session.costUsd,
      isEstimate: session.estimatedRequests > 0,
    });
    expect(session.inputTokens).toBe(300);
  });

  it('is null for a session that was not captured', () => {
    expect(glanceAt(stored(), 'b', [], 0).session).toBeNull();
  });

  it('knows no context without a billed request, and no cost without a price', () => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id, { sessionId: 'a' });
    store.saveRequest(request);
    store.close();
    expect(glanceAt(file, 'a', [], 0).session).toMatchObject({ context: null, costUsd: null, inputTokens: 0 });
  });

  it('refuses a missing, a foreign and a locked database', () => {
    expect(() => glanceAt(tempDatabase(), 'a', [], 0)).toThrow(NothingCapturedError);

    const foreign = tempDatabase();
    mkdirSync(dirname(foreign));
    const Sqlite = loadSqlite();
    new Sqlite(foreign).exec('CREATE TABLE theirs (a)').close();
    expect(() => glanceAt(foreign, 'a', [], 0)).toThrow(ForeignDatabaseError);

    const file = stored();
    const other = openDatabase(file, { readonly: false });
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE');
    try {
      expect(() => glanceAt(file, 'a', [], 0)).toThrow(LockedError);
    } finally {
      other.close();
    }
  });

  it('does not migrate an older database', () => {
    const file = tempDatabase();
    makeDatabase(file, ['0001-content', '0002-captures']).close();
    expect(() => glanceAt(file, 'a', [], 0)).toThrow(NothingCapturedError);
    const Sqlite = loadSqlite();
    const db = new Sqlite(file, { readonly: true });
    expect(db.prepare('SELECT count(*) FROM migrations').pluck().get()).toBe(2);
    db.close();
  });
});
