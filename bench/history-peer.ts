import { loadSqlite } from '../src/store/sqlite.js';
import type { HistoryExchange } from '../test/support/history/exchange.js';

/** What a plain tool would do: a row an exchange with whole bodies, a row a source, and SQL that asks them. */
export interface Peer {
  insert(exchange: HistoryExchange): void;
  /** The newest page of requests with a source, and how many there are. */
  bySource(glob: string): unknown;
  /** The same for a text anywhere in their bodies. */
  byText(text: string): unknown;
  close(): void;
}

export function createPeer(file: string): Peer {
  const db = new (loadSqlite())(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(`
    CREATE TABLE exchanges (
      n INTEGER PRIMARY KEY, id TEXT UNIQUE, at REAL, session TEXT, model TEXT, status INTEGER, cost_usd REAL, request BLOB,
      response BLOB
    );
    CREATE INDEX exchanges_newest ON exchanges (at);
    CREATE TABLE sources (exchange INTEGER, source TEXT, tokens INTEGER);
    CREATE INDEX sources_by_name ON sources (source, exchange);`);
  const insert = db.prepare(
    'INSERT INTO exchanges (id, at, session, model, status, cost_usd, request, response) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertSource = db.prepare('INSERT INTO sources VALUES (?, ?, ?)');
  const page = (condition: string) => ({
    rows: db.prepare(
      `SELECT id, at, session, model, status, cost_usd FROM exchanges WHERE ${condition} ORDER BY at DESC, n DESC LIMIT 20`,
    ),
    total: db.prepare(`SELECT count(*) FROM exchanges WHERE ${condition}`),
  });
  const source = page('n IN (SELECT exchange FROM sources WHERE source GLOB ?)');
  const text = page('instr(request, CAST(? AS BLOB)) OR instr(response, CAST(? AS BLOB))');
  return {
    insert: db.transaction(({ request, response, attribution }: HistoryExchange) => {
      const { id, sessionId, model, timestamps, body } = request;
      const cost = attribution?.inputCostUsd ?? null;
      const status = response?.status ?? null;
      const row = [id, timestamps.initiated, sessionId, model, status, cost, body.bytes, response?.body.bytes ?? null];
      const { lastInsertRowid } = insert.run(...row);
      for (const share of attribution?.shares ?? []) insertSource.run(lastInsertRowid, share.source, share.tokens);
    }),
    bySource: (glob) => [source.total.get(glob), source.rows.all(glob)],
    byText: (word) => [text.total.get(word, word), text.rows.all(word, word)],
    close: () => void db.close(),
  };
}
