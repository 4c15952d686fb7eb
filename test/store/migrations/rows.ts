import { createHash } from 'node:crypto';
import type { Database } from '../../../src/store/sqlite.js';

/** The request bodies of a conversation, which share their beginning. */
export const BODIES = ['{"messages":[{"a":1}]}', '{"messages":[{"a":1},{"b":2}]}'];

/** Pieces of both, and the links that chain them: `{"messages":[` · elements · `]}`. */
const PIECES = ['{"messages":[', '{"a":1}', '{"b":2}', ']}', '[["content-type","application/json"]]', 'answer'];
const LINKS = [
  [0, 1],
  [0, 2],
  [2, 3],
  [0, 4],
  [0, 6],
];
const BODY_LINKS = [
  [1, 2, 4],
  [1, 3, 4],
];

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const HOUR = 3_600_000;
const FIRST = Date.UTC(2026, 2, 14, 22, 30);

/** Writes rows as the version with the first `count` migrations wrote them. */
export function fill(db: Database, count: number): void {
  const steps = [content, captures, sources, () => {}, threads];
  for (const step of steps.slice(0, count)) step(db);
}

function content(db: Database): void {
  const slice = db.prepare('INSERT INTO slices (hash, encoding, size, bytes) VALUES (?, 0, ?, ?)');
  for (const piece of PIECES) slice.run(sha256(piece).subarray(0, 16), piece.length, Buffer.from(piece));
  const link = db.prepare('INSERT INTO chain_links (parent, slice) VALUES (?, ?)');
  for (const [parent, piece] of LINKS) link.run(parent, piece);
}

function captures(db: Database): void {
  db.exec(`
    INSERT INTO runs VALUES (1, 'run_1', 4711, ${FIRST}, ${FIRST + HOUR}, 'claude', '/project', '0.1.0');
    INSERT INTO sessions VALUES (1, 'session-1', 1, ${FIRST}, ${FIRST + HOUR});
    INSERT INTO incidents VALUES (1, 1, ${FIRST}, 'locked', 'was locked', 2)`);
  const request = db.prepare(`
    INSERT INTO captured_requests (
      n, id, correlation_id, run, session, kind, state, method, url, host, http_version, model, streaming, headers, initiated
    ) VALUES (?, ?, ?, 1, 1, 'messages', 'complete', 'POST', 'https://api/v1/messages', 'api', '1.1', 'm', 0, 5, ?)`);
  const response = db.prepare(`
    INSERT INTO captured_responses (
      request, id, status, headers, latency_ms, billed, input_tokens, uncached, cache_read, cache_write_5m, cache_write_1h,
      output_tokens, web_searches, input_cost_usd, output_cost_usd, attribution_version
    ) VALUES (?, ?, 200, 5, 900.5, 1, 100, 10, 80, 6, 4, 20, 0, 0.001, 0.002, 1)`);
  const body = db.prepare(`
    INSERT INTO captured_bodies (request, side, size, sha256, truncated, redacted, links) VALUES (?, ?, ?, ?, 0, 0, ?)`);
  for (const [index, text] of BODIES.entries()) {
    const n = index + 1;
    const ulid = `01kk000000000000000000000${n}`;
    request.run(n, `req_${ulid}`, ulid, FIRST + index * HOUR);
    response.run(n, `resp_${ulid}`);
    body.run(n, 0, text.length, sha256(text), JSON.stringify(BODY_LINKS[index]));
    body.run(n, 1, 6, sha256('answer'), '[5]');
  }
}

function sources(db: Database): void {
  db.exec(`
    INSERT INTO context_source_metrics VALUES
      (1, 'user', 'user', '', 2, 140, 0.0014, 1, 0.5, ${FIRST}, ${FIRST + HOUR}),
      (2, 'mcp:serena', 'mcp', 'serena', 2, 60, 0, 1, 0.5, ${FIRST}, ${FIRST + HOUR});
    INSERT INTO context_source_days SELECT '2026-03-14', id, usage_count, total_tokens, cost_usd, 1, 0.5
      FROM context_source_metrics;
    INSERT INTO context_attributions SELECT n, 1, 'text', 70, 0.0007, 1, 0, 'user' FROM captured_requests;
    INSERT INTO context_attributions SELECT n, 2, 'definition', 30, NULL, 1, NULL, 'tools' FROM captured_requests;
    INSERT INTO quality_feedback VALUES (1, 'fb_1', 1, 0.5, 'good', 'local', ${FIRST}, ${FIRST})`);
}

function threads(db: Database): void {
  db.exec(`
    INSERT INTO thread_places SELECT n, 'main', (SELECT min(id) FROM captured_requests), NULL, NULL, NULL FROM captured_requests;
    INSERT INTO cache_misses VALUES (2, 'changed', 'user', '/messages/0', NULL, 640, 0.002);
    INSERT INTO tools VALUES (1, 'mcp:serena', 'mcp__serena__find'), (2, 'builtin:Read', 'Read');
    INSERT INTO request_tools SELECT n, 1, 1, 1, 30, NULL, 1 FROM captured_requests;
    INSERT INTO request_tools SELECT n, 2, 0, 0, 0, 0.0, n FROM captured_requests`);
}
