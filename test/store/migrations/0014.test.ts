import { expect, it } from 'vitest';
import { openReader, openStore } from '../../../src/store/index.js';
import { Sqlite } from '../../support/sqlite.js';
import { newestSchema, schemaOf } from './derived.js';
import { oldDatabase } from './old-database.js';

/** A database of the version before, with an answered call. */
function landed(): { file: string; id: string } {
  const { file, db } = oldDatabase(13);
  const id = 'mcpc_01kk0000000000000000000001';
  db.exec(`
    INSERT INTO runs VALUES (1, 'run_1', 1, 0, 1, 'claude', '/project', '0.1.0');
    INSERT INTO slices VALUES (1, x'${Buffer.alloc(16, 1).toString('hex')}', 0, 2, CAST('{}' AS BLOB));
    INSERT INTO mcp_servers (n, id, run, name, transport, target, started_at, lost)
      VALUES (1, 'mcps_1', 1, 'serena', 'stdio', 'serena', 0, 0);
    INSERT INTO mcp_messages
      (n, id, connection, sender, kind, at, size, content, truncated, redacted, synthetic, altered)
      VALUES (1, '${id.replace('mcpc', 'mcpm')}', 1, 'client', 'request', 1, 2, 1, 0, 0, 0, 0);
    INSERT INTO mcp_calls (request, connection, method, name, sent_at, answered_at, state, result_bytes, tokens_said)
      VALUES (1, 1, 'tools/call', 'find', 1, 21, 'ok', 40, 10)`);
  db.close();
  return { file, id };
}

it('takes the calls of older versions for unaltered', () => {
  const { file, id } = landed();
  openStore(file).close();
  const reader = openReader(file);
  expect(reader.mcpServers()).toMatchObject([{ calls: 1, alteredCalls: 0, p50Ms: 20, bytesSaid: 40 }]);
  expect(reader.mcpCall(id)).toMatchObject({
    altered: false,
    connection: { synthetic: false },
    request: { original: null, dropped: false, hits: [] },
  });
  reader.close();
});

it('makes the schema of a new database, whose figures read one index', () => {
  const { file } = landed();
  openStore(file).close();
  const db = new Sqlite(file, { readonly: true });
  expect(schemaOf(db)).toEqual(newestSchema());
  const plan = db
    .prepare<[], { detail: string }>(`
      EXPLAIN QUERY PLAN SELECT
        connection, method, name, state, form, altered, count(*), sum(result_bytes), sum(tokens_said), sum(bytes_got),
        sum(tokens_got), max(sent_at), group_concat(answered_at - sent_at)
      FROM mcp_calls GROUP BY connection, method, name, state, form, altered`)
    .all();
  expect(plan.map(({ detail }) => detail)).toEqual(['SCAN mcp_calls USING COVERING INDEX mcp_calls_by_connection']);
  db.close();
});
