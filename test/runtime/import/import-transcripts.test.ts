import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { ATTRIBUTION_VERSION } from '../../../src/attribution/index.js';
import { createRedactor } from '../../../src/capture/index.js';
import { createAttributor } from '../../../src/history/attributor.js';
import { reattribute } from '../../../src/history/reattribute.js';
import { segmentsOf } from '../../../src/history/segments.js';
import { readSessionHistory } from '../../../src/history/session-history.js';
import type { CapturedResponse } from '../../../src/model/exchange.js';
import { importTranscripts } from '../../../src/runtime/import/import-transcripts.js';
import { findTranscripts } from '../../../src/runtime/import/transcript-files.js';
import { openReader, openStore, type Reader, verifyFile } from '../../../src/store/index.js';
import { expectAggregatesToBeSums } from '../../store/migrations/derived.js';
import { aRequest, aResponse, aRun } from '../../store/support/records.js';
import { tempDatabase } from '../../store/support/temp-database.js';
import { call, SESSION, text, transcript } from '../../support/transcript.js';

let folder: string;
let database: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claude-trace-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  database = tempDatabase();
});

/** Written an hour ago, so that nothing waits for more of it. */
function write(name: string, content: string, modified = Date.now() - 3_600_000): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, modified / 1_000, modified / 1_000);
  return path;
}

async function importAll(signal = new AbortController().signal, onProgress = () => {}) {
  const store = openStore(database);
  const resumed = new Set<string>();
  const attributor = createAttributor({
    prices: {},
    onFailure: (error) => {
      throw error;
    },
    history: (id, onDamaged) => (resumed.has(id) ? readSessionHistory(database, id, 1_000, onDamaged) : []),
  });
  try {
    return await importTranscripts(await findTranscripts(folder), {
      store,
      attributor,
      redactor: createRedactor(new Uint8Array(32)),
      version: '0.1.0',
      cwd: '/here',
      onResumed: (id) => resumed.add(id),
      onProgress,
      signal,
    });
  } finally {
    store.close();
  }
}

function ask<Answer>(question: (reader: Reader) => Answer): Answer {
  const reader = openReader(database);
  try {
    return question(reader);
  } finally {
    reader.close();
  }
}

const rows = () => ask((reader) => reader.page({}, { limit: 100, ascending: true }));
const BILL = { cache_read_input_tokens: 20_000, cache_creation_input_tokens: 500 };

function conversation(turns = 2) {
  const file = transcript();
  file.user('Have a look');
  for (let n = 1; n <= turns; n++) {
    file.answer(`${n}`, call(`t${n}`, 'mcp__atlas__find', { at: n }), { bill: BILL });
    file.result(`t${n}`, `North of river ${n}. `.repeat(50));
  }
  file.answer('end', text('Done'), { bill: BILL });
  return file;
}

it('takes no folder for a secret: its name stays in the URL and in texts', async () => {
  const project = '-Users-jane-dev-web3-shop';
  const file = transcript();
  file.user(`Look at /home/jane/.claude/projects/${project}/memory/MEMORY.md`);
  file.answer('1', text('Done'), { bill: BILL });
  write(`${project}/a.jsonl`, file.text());
  await importAll();
  const [row] = rows();
  const body = ask((reader) => Buffer.from(reader.requestBody(row?.id ?? '')).toString());
  expect(body).toContain(`projects/${project}/memory`);
  expect(ask((reader) => reader.request(row?.id ?? '')).url).toMatch(new RegExp(`/${project}/a\\.jsonl$`));
});

it('stores each answer with its bill, its session and what its conversation holds', async () => {
  write('a.jsonl', conversation().text());
  const result = await importAll();
  expect(result).toMatchObject({ files: 1, requests: 3, sessions: 1, known: 0, inputTokens: 61_530, outputTokens: 60 });
  const [first, , last] = rows();
  expect(last).toMatchObject({
    origin: 'transcript',
    sessionId: SESSION,
    purpose: 'main',
    threadId: first?.id,
    continuation: 'extends',
    state: 'complete',
    status: null,
    latencyMs: null,
    tokens: { input: 20_510, cacheRead: 20_000, output: 20, known: 'exact' },
  });
  const shares = new Map(last?.sources.map(({ source, tokens }) => [source, tokens]));
  expect(last?.sources.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(20_510);
  expect([...shares.keys()].sort()).toEqual(['mcp:atlas', 'unknown:unrecorded', 'user']);
  expect(shares.get('mcp:atlas')).toBeGreaterThan(300);
  expect(shares.get('unknown:unrecorded')).toBeGreaterThan(19_000);
  expect(ask((reader) => reader.session(SESSION))).toMatchObject({
    requests: 3,
    inputTokens: 61_530,
    cwd: '/project',
  });
  expect(ask((reader) => reader.sourceUses({ version: ATTRIBUTION_VERSION })).tools).toMatchObject([
    { source: 'mcp:atlas', tool: 'mcp__atlas__find', called: 2 },
  ]);
  expectAggregatesToBeSums(database);
});

it('makes the same segments again from what is stored', async () => {
  write('a.jsonl', conversation().text());
  await importAll();
  const { request, segments } = ask((reader) => {
    const found = reader.request('last');
    return { request: found, segments: segmentsOf(reader, found, {}) };
  });
  expect(segments.reduce((sum, { segment }) => sum + segment.tokens, 0)).toBe(request.tokens.input);
  expect(segments[0]?.segment).toMatchObject({ source: 'unknown:unrecorded', known: 'scaled' });
});

it('is attributed again as it was', async () => {
  write('a.jsonl', conversation().text());
  await importAll();
  const before = rows();
  const store = openStore(database);
  const reader = openReader(database);
  const plan = reader.replay({ version: ATTRIBUTION_VERSION, all: true });
  const result = await reattribute(reader, store, plan, { prices: {}, onFailure: () => {} });
  expect(result).toMatchObject({ attributed: 3, sources: [] });
  reader.close();
  store.close();
  expect(rows()).toEqual(before);
});

it('adds nothing the second time, also under another name', async () => {
  write('a.jsonl', conversation().text());
  await importAll();
  const before = rows();
  expect(await importAll()).toMatchObject({ files: 0, unchanged: 1, requests: 0, known: 0 });
  write('copy/b.jsonl', conversation().text());
  expect(await importAll()).toMatchObject({ files: 1, unchanged: 1, requests: 0, known: 3 });
  expect(rows()).toEqual(before);
});

it('continues a file that has grown, in the same thread', async () => {
  const path = write('a.jsonl', conversation(1).text());
  await importAll();
  const file = conversation(1);
  const old = file.text();
  file.user('And now?');
  file.answer('more', text('Nothing'), { bill: BILL });
  appendFileSync(path, file.text().slice(old.length));
  expect(await importAll()).toMatchObject({ requests: 1, known: 2 });
  const [first, second, third] = rows();
  expect(third).toMatchObject({ threadId: first?.id, previousId: second?.id, continuation: 'extends' });
});

it('counts a resumed session once, for the session that was first', async () => {
  write('a.jsonl', conversation(1).text(), Date.now() - 7_200_000);
  const resumed = transcript('v', 'f0b1c2d3-0000-4000-8000-00000000000b');
  resumed.user('Have a look');
  resumed.answer('1', call('t1', 'mcp__atlas__find', { at: 1 }), { bill: BILL });
  resumed.result('t1', 'North');
  resumed.answer('new', text('Again'), { bill: BILL });
  write('0-earlier-by-name.jsonl', resumed.text());
  expect(await importAll()).toMatchObject({ requests: 3, known: 1, sessions: 2 });
  expect(rows().map(({ sessionId }) => sessionId?.at(-1))).toEqual(['a', 'a', 'b'].toSorted());
});

it('leaves the last answer of a file in use for later', async () => {
  const file = transcript();
  file.user('Hi');
  file.answer('a', text('Hel'), { ended: false });
  write('a.jsonl', file.text(), Date.now());
  expect(await importAll()).toMatchObject({ requests: 0, growing: 1 });
  file.answer('a', text('Hello'));
  write('a.jsonl', file.text(), Date.now());
  expect(await importAll()).toMatchObject({ requests: 1, growing: 0 });
  expect(rows()[0]?.tokens).toMatchObject({ output: 20, outputKnown: 'exact' });
});

it('leaves the last answer for later where a session is resumed while others are imported', async () => {
  const file = conversation(1);
  file.answer('grows', text('Hel'), { ended: false, bill: { output_tokens: 1 } });
  const path = write('a.jsonl', file.text());
  const result = await importAll(undefined, () => utimesSync(path, new Date(), new Date()));
  expect(result).toMatchObject({ requests: 2, growing: 1 });
});

it('keeps what is committed when it is interrupted, and goes on from there', async () => {
  write('a.jsonl', conversation(3).text());
  const other = transcript('w', 'f0b1c2d3-0000-4000-8000-00000000000c');
  other.user('Hi');
  other.answer('other', text('Hello'));
  write('b.jsonl', other.text());
  const interrupt = new AbortController();
  let seen = 0;
  const first = await importAll(interrupt.signal, () => {
    seen += 1;
    if (seen === 2) interrupt.abort();
  });
  expect(first).toMatchObject({ files: 1, requests: 4 });
  expect(await importAll()).toMatchObject({ files: 1, unchanged: 1, requests: 1 });
  expect(rows()).toHaveLength(5);
});

it('goes on behind a file that cannot be read', async () => {
  write('a.jsonl', conversation().text());
  const files = [{ path: join(folder, 'gone.jsonl'), size: 1, modified: 0 }, ...(await findTranscripts(folder))];
  const store = openStore(database);
  onTestFinished(() => store.close());
  const result = await importTranscripts(files, {
    store,
    attributor: createAttributor({ prices: {}, onFailure: () => {} }),
    redactor: createRedactor(new Uint8Array(32)),
    version: '0.1.0',
    cwd: '/here',
    onResumed: () => {},
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  expect(result).toMatchObject({ files: 1, requests: 3, unreadable: [{ file: join(folder, 'gone.jsonl') }] });
});

/** An exchange as capture stores it, with the answer of a transcript. */
function capture(messageId: string | null, values: Partial<CapturedResponse> = {}): string {
  const store = openStore(database);
  const run = aRun();
  store.beginRun(run);
  const request = aRequest(run.id, { sessionId: SESSION });
  store.saveRequest(request);
  const fields = { model: 'claude-test', role: 'assistant', content: [], stopReason: 'end_turn' };
  const message = messageId === null ? null : { id: messageId, ...fields, complete: true, contextManagement: null };
  store.saveResponse(aResponse(request, { message, ...values }), null);
  store.close();
  return request.id;
}

it('imports no answer that was captured', async () => {
  const captured = capture('msg_1');
  write('a.jsonl', conversation(1).text());
  expect(await importAll()).toMatchObject({ requests: 1, known: 1 });
  expect(
    rows()
      .map(({ id, origin }) => [id === captured, origin])
      .toSorted(),
  ).toEqual([
    [false, 'transcript'],
    [true, 'wire'],
  ]);
});

it('knows a captured answer without its beginning by the id of its request', async () => {
  capture(null, { headers: [['Request-Id', 'req_1']] });
  write('a.jsonl', conversation(1).text());
  expect(await importAll()).toMatchObject({ requests: 1, known: 1 });
});

it('imports an answer whose capture has no bill, so that its bill is counted', async () => {
  capture(null, { headers: [['request-id', 'req_1']], usage: null });
  write('a.jsonl', conversation(1).text());
  expect(await importAll()).toMatchObject({ requests: 2, known: 0 });
  expect(rows().map(({ tokens }) => tokens.known)).toEqual(['exact', 'exact', null]);
});

it('imports every answer where a gateway gives all requests the same id', async () => {
  write(
    'a.jsonl',
    conversation(1)
      .text()
      .replaceAll(/"requestId":"[^"]*"/g, '"requestId":"req_same"'),
  );
  expect(await importAll()).toMatchObject({ requests: 2, known: 0 });
});

it('gives an answer that is captured later its place, with the rating', async () => {
  write('a.jsonl', conversation(1).text());
  await importAll();
  const imported = rows()[0]?.id ?? '';
  const store = openStore(database);
  store.ratings.add(imported, { rating: 0.5, comment: 'good' }, 'me');
  store.close();
  const captured = capture('msg_1');
  expect(ask((reader) => reader.rows([imported, captured]))).toMatchObject([{ id: captured, rating: 0.5 }]);
  expect(await importAll()).toMatchObject({ requests: 0 });
  expect(rows()).toHaveLength(2);
  expectAggregatesToBeSums(database);
  expect(await verifyFile(database)).toMatchObject({ damage: [], unused: { links: 0, slices: 0 } });
});

it('does not take two captures for one, whatever id a gateway gives them', () => {
  const [first, second] = [capture('msg_1'), capture('msg_1')];
  expect(ask((reader) => reader.rows([first, second]))).toHaveLength(2);
});

it('finds what came from transcripts, and what did not', async () => {
  const captured = capture('msg_0');
  write('a.jsonl', conversation(1).text());
  await importAll();
  expect(ask((reader) => reader.query({ origin: 'transcript' })).total).toBe(2);
  expect(ask((reader) => reader.page({ origin: 'wire' })).map(({ id }) => id)).toEqual([captured]);
});

it('has sizes and times of the files as they are', async () => {
  const path = write('p/a.jsonl', 'x\n');
  const { size, mtimeMs } = statSync(path);
  expect(await findTranscripts(folder)).toEqual([{ path, size, modified: mtimeMs }]);
  expect(await findTranscripts(path)).toEqual([{ path, size, modified: mtimeMs }]);
});

it('reads the files of agents behind that of their session, and sessions in the order of their use', async () => {
  const names = [
    'p/new.jsonl',
    'p/new/subagents/agent-1.jsonl',
    'p/old.jsonl',
    'p/agent-2.jsonl',
    'q/deep/other.jsonl',
  ];
  const ages = [1, 50, 100, 2, 200];
  const contents = ['', '', '', '{"sessionId":"old","type":"user"}\n', ''];
  for (const [index, name] of names.entries()) {
    write(name, contents[index] ?? '', Date.now() - (ages[index] ?? 0) * 3_600_000);
  }
  write('p/notes.txt', 'no transcript');
  const found = (await findTranscripts(folder)).map(({ path }) => path.slice(folder.length + 1));
  expect(found).toEqual([
    'q/deep/other.jsonl',
    'p/old.jsonl',
    'p/agent-2.jsonl',
    'p/new.jsonl',
    'p/new/subagents/agent-1.jsonl',
  ]);
});
