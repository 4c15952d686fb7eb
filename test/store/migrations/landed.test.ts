import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toJsonRow } from '../../../src/base/json-row.js';
import { openReader, openStore, verifyFile } from '../../../src/store/index.js';
import { Sqlite } from '../../support/sqlite.js';
import { aRequest, aResponse, aRun } from '../support/records.js';
import { tempDatabase } from '../support/temp-database.js';
import { expectAggregatesToBeSums, expectSetsOfSources, linksOfBodies } from './derived.js';

/** The answers of the reader of that time, as JSON. */
interface StoredRow {
  id: string;
  status: number | null;
  error: string | null;
  cost_usd: number | null;
}

interface Answers {
  rows: StoredRow[];
  shares: object[];
  /** Base64: the request's, and the response's or null. */
  bodies: [string, string | null][];
}

/** What 0009 changes about the same request: an error of the API is a failure, and dollars are rounded to billionths. */
function as0009SaysIt({ cost_usd, ...row }: StoredRow) {
  const isRefused = (row.status ?? 0) >= 400;
  return {
    ...row,
    cost_usd: cost_usd === null ? null : Math.round(cost_usd * 1e9) / 1e9,
    ...(isRefused && { state: 'failed', error: row.error ?? `HTTP ${row.status} OK` }),
  };
}

const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('base64');

/** Databases written by released code: a small session each, with every kind of body and of end. */
describe.each([
  ['0004', 9],
  ['0005', 9],
  ['0006', 11],
])('a database as the code that ended with migration %s left it', (version, requests) => {
  function landed(): string {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    const stored = join(import.meta.dirname, `landed-${version}`);
    // A dump in SQL cannot contain the internal tables of a text index, so later ones are the file itself.
    if (version >= '0006') writeFileSync(file, gunzipSync(readFileSync(`${stored}.db.gz`)));
    const db = new Sqlite(file);
    if (version < '0006') db.exec(readFileSync(`${stored}.sql`, 'utf8'));
    db.pragma('journal_mode = WAL');
    db.close();
    return file;
  }

  it('gives the same answers as then, byte for byte', () => {
    const answers: Answers = JSON.parse(
      readFileSync(join(import.meta.dirname, `landed-${version}.answers.json`), 'utf8'),
    );
    const reader = openReader(landed());
    const { rows } = reader.query({ kind: 'all' }, { limit: 100 });
    expect(toJsonRow(rows)).toMatchObject(answers.rows.map(as0009SaysIt));
    expect(rows.map(({ id }) => toJsonRow(reader.shares(id)))).toMatchObject(answers.shares);
    expect(rows.map(({ id }) => [base64(reader.requestBody(id)), base64(reader.responseBody(id))])).toEqual(
      answers.bodies,
    );
    for (const { id } of rows) expect(reader.request(id)).toMatchObject({ id });
    reader.close();
  });

  it('is intact: its aggregates are the sums of what is stored, and its bodies have their chains', () => {
    const file = landed();
    const before = new Sqlite(file);
    const links = before
      .prepare(
        version < '0006'
          ? 'SELECT request, side, key AS position, value AS link FROM captured_bodies, json_each(links) ORDER BY 1, 2, 3'
          : 'SELECT * FROM body_chains ORDER BY 1, 2, 3',
      )
      .all();
    before.close();
    expect(verifyFile(file)).toMatchObject({ damage: [], requests, bodies: 2 * requests - 1 });
    expect(linksOfBodies(file)).toEqual(links);
    expectAggregatesToBeSums(file);
    expectSetsOfSources(file);
  });

  it('stores new requests, which share content with the old ones', () => {
    const file = landed();
    const store = openStore(file);
    const run = aRun();
    store.beginRun(run);
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.saveResponse(aResponse(request), null);
    store.close();
    expect(verifyFile(file)).toMatchObject({ damage: [], requests: requests + 1, unused: { slices: 0, links: 0 } });
  });
});
