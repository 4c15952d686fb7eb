import { expect, it } from 'vitest';
import { openReader, openStore, verifyFile } from '../../../src/store/index.js';
import { anAttribution, aShare } from '../support/records.js';
import { oldDatabase } from './old-database.js';

/** In the order of time. `text`: tokens of the user that are new. */
const OLD = [
  { name: 'probe', promptId: null, purpose: 'probe', text: 0 },
  { name: 'asked', promptId: null, purpose: 'main', text: 5 },
  { name: 'tool', promptId: null, purpose: 'main', text: 0 },
  { name: 'agent', promptId: null, purpose: 'subagent', text: 0 },
  { name: 'marked', promptId: 'p', purpose: 'main', text: 5 },
  { name: 'title', promptId: 'p', purpose: 'title', text: 0 },
  { name: 'unattributed', promptId: null, purpose: null, text: 0 },
] as const;

/** A database of the version with migration 0009. */
function landed(): string {
  const { file, db } = oldDatabase(9);
  db.exec(`
    INSERT INTO runs VALUES (1, 'run_1', 1, 0, 1, 'claude', '/project', '0.1.0');
    INSERT INTO sessions VALUES (1, 's', 1, 0, 1);
    INSERT INTO slices VALUES (1, x'00112233445566778899aabbccddeeff', 0, 2, x'5b5d');
    INSERT INTO context_source_metrics VALUES (1, 'user', 'user', 'user', 0, 0, 0, 0, 0, 0, 0);
    INSERT INTO context_source_metrics VALUES (2, 'agent:scout', 'agent', 'scout', 0, 0, 0, 0, 0, 0, 0)`);
  const request = db.prepare(`
    INSERT INTO captured_requests (id, correlation_id, run, session, prompt_id, kind, state, method, url, host, http_version,
      streaming, headers, initiated)
    VALUES ('req_' || @name, @name, 1, 1, @promptId, 'messages', 'complete', 'POST', 'https://x/', 'x', '1.1', 1, 1, @at)`);
  const share = db.prepare('INSERT INTO context_attributions VALUES (?, ?, ?, 5, NULL, 1, 0, ?, ?)');
  const response = db.prepare(`
    INSERT INTO captured_responses (request, id, status, headers, latency_ms, billed) VALUES (?, ?, 200, 1, 10, 0)`);
  for (const [index, { name, promptId, purpose, text }] of OLD.entries()) {
    const n = request.run({ name, promptId, at: 1_000 * index }).lastInsertRowid;
    response.run(n, `resp_${name}`);
    if (purpose === null) continue;
    db.prepare('INSERT INTO thread_places VALUES (?, ?, ?, NULL, NULL, NULL)').run(n, purpose, `req_${name}`);
    if (text > 0) share.run(n, 1, 'text', 'user', text);
    if (purpose === 'subagent') share.run(n, 2, 'prompt', 'user', 5);
  }
  db.close();
  return file;
}

it('joins older requests to turns by prompt id, else by time, and names their agents', () => {
  const file = landed();
  const reader = openReader(file);
  const rows = reader.page({}, { limit: 50, ascending: true });
  expect(rows.map(({ correlationId, turnId, agent }) => [correlationId, turnId, agent])).toEqual([
    ['probe', null, null],
    ['asked', 'turn_asked', null],
    ['tool', 'turn_asked', null],
    ['agent', 'turn_asked', 'scout'],
    ['marked', 'turn_marked', null],
    ['title', 'turn_marked', null],
    ['unattributed', 'turn_marked', null],
  ]);
  expect(reader.turns().map(({ prompt }) => prompt)).toEqual([null, null]);
  reader.close();
  expect(verifyFile(file).damage.filter(({ kind }) => kind === 'references' || kind === 'pages')).toEqual([]);
});

it('leaves the words of prompts to attributing again', () => {
  const file = landed();
  const store = openStore(file);
  for (const name of ['asked', 'marked'] as const) {
    store.replaceAttribution(`req_${name}`, anAttribution([aShare('user', 5)], { prompt: `I ${name}` }));
  }
  store.close();
  const reader = openReader(file);
  expect(reader.turns().map(({ prompt, requests }) => [prompt, requests])).toEqual([
    ['I marked', 3],
    ['I asked', 3],
  ]);
  reader.close();
});
