import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Known, Segment } from '../../src/model/segment.js';
import type { SearchTexts, ThreadAttribution } from '../../src/model/thread.js';
import { openDatabase, openReader } from '../../src/store/index.js';
import { createStore } from '../../src/store/write/store.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aSegment, aShare } from './support/records.js';
import { sessionBodies } from './support/session-bodies.js';

const TURNS = 200;
const LAST_BODY_BYTES = 600_000;

let folder: string;
let session: ReturnType<typeof storeSession>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'claude-trace-storage-'));
  session = storeSession(join(folder, 'trace.db'));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe(`a session of ${TURNS} turns with bodies up to 600 KB`, () => {
  it('takes at most 5 % of its bytes on disk, with its texts and aggregates, and returns every body exactly', () => {
    const { file, bodies, ids } = session;
    const raw = bodies.reduce((sum, body) => sum + body.length, 0);
    const ratio = statSync(file).size / raw;
    console.info(`${raw} bytes raw, ${statSync(file).size} on disk, ${(ratio * 100).toFixed(2)} %`);
    expect(ratio).toBeLessThan(0.05);

    const reader = openReader(file);
    for (const [turn, id] of ids.entries()) {
      expect(Buffer.compare(reader.requestBody(id), bodies[turn] ?? Buffer.of())).toBe(0);
    }
    const [newest] = reader.query({ text: 'the last words' }).rows;
    expect(newest?.id).toBe(ids.at(-1));
    reader.close();
  });

  it('writes only what is new in a request, however long the conversation is', () => {
    const { bodies, writes } = session;
    const [early, late] = [writes.slice(20, 60), writes.slice(-40)];
    // The conversation is more than three times as long; the same turn writes no additional row. The median, since the
    // text index sometimes merges its pages.
    expect(bodies[199]?.length).toBeGreaterThan((bodies[40]?.length ?? 0) * 3);
    expect(middle(late.map(({ rows }) => rows))).toBeLessThanOrEqual(middle(early.map(({ rows }) => rows)));
    // Two messages of 401 are new, each stored twice: with `cache_control`, and without it once that has moved on.
    const added = late.reduce((sum, { addedBytes }) => sum + addedBytes, 0);
    const stored = late.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    const others = Math.max(...late.map(({ otherBytes }) => otherBytes));
    console.info(
      `a request adds ${added / 40} bytes to the conversation, and writes ${stored / 40} of bodies, ${others} others`,
    );
    expect(stored).toBeLessThan(2 * added);
    // Headers, and the solution: one number for each segment, and the only part that grows.
    expect(others).toBeLessThan(LAST_BODY_BYTES / 100);
  });
});

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Stores the session as one wrapping process does. */
function storeSession(file: string) {
  const db = openDatabase(file, { readonly: false });
  const store = createStore(db);
  const run = aRun();
  store.beginRun(run);
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck();
  const lastSlice = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM slices').pluck();
  const newBytes = db.prepare<[number], { bodyBytes: number; otherBytes: number }>(`
    SELECT coalesce(sum(length(bytes)) FILTER (WHERE used), 0) AS bodyBytes,
      coalesce(sum(length(bytes)) FILTER (WHERE NOT used), 0) AS otherBytes
    FROM (SELECT bytes, id IN (SELECT slice FROM chain_links) AS used FROM slices WHERE id > ?)`);

  const bodies = sessionBodies(TURNS, LAST_BODY_BYTES);
  const writes: { rows: number; addedBytes: number; bodyBytes: number; otherBytes: number }[] = [];
  const ids = bodies.map((body, turn) => {
    const request = aRequest(run.id, { body: aBody(body) });
    const before = { rows: changes.get() ?? 0, slice: lastSlice.get() ?? 0 };
    store.saveRequest(request);
    store.saveResponse(aResponse(request), attributionOf(body, turn));
    writes.push({
      rows: (changes.get() ?? 0) - before.rows,
      addedBytes: body.length - (bodies[turn - 1]?.length ?? 0),
      ...(newBytes.get(before.slice) ?? { bodyBytes: 0, otherBytes: 0 }),
    });
    return request.id;
  });
  store.close();
  return { file, bodies, ids, writes };
}

function attributionOf(body: Buffer, turn: number): ThreadAttribution {
  const shares = Array.from({ length: 25 }, (_, index) => aShare(`mcp:server-${index}`, 100 + index));
  const tokens = Array.from({ length: 45 + turn * 4 }, (_, index) => (index * 2_654_435_761) % 3_001);
  const known = tokens.map((_, index): Known => (index < 45 ? 'shared' : 'exact'));
  const solution = { tokens, known, cleared: [] };
  return anAttribution(shares, { solution, segments: mcpDefinitions(40), searchTexts: saidIn(body, turn) });
}

/** The last two messages are new. */
function saidIn(body: Buffer, turn: number): SearchTexts {
  const { messages } = JSON.parse(body.toString()) as {
    messages: { content: { text?: string; content?: string }[] }[];
  };
  const blocks = messages.slice(-2).flatMap(({ content }) => content);
  return {
    prompts: blocks.flatMap(({ text }) => (text === undefined ? [] : [text])),
    results: blocks.flatMap(({ content }) => (content === undefined ? [] : [content])),
    answer: turn === TURNS - 1 ? ['the last words'] : ['said'],
  };
}

/** Segments of tool definitions of MCP servers. */
function mcpDefinitions(count: number): Segment[] {
  return Array.from({ length: count }, (_, index) =>
    aSegment({
      source: `mcp:server-${index % 4}`,
      part: 'definition',
      detail: `mcp__server-${index % 4}__tool_${index}`,
    }),
  );
}
