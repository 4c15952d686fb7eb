import { expect, it } from 'vitest';
import { ATTRIBUTION_VERSION } from '../../src/attribution/index.js';
import { createAttributor } from '../../src/history/attributor.js';
import { readSessionHistory } from '../../src/history/session-history.js';
import { LockedError, openDatabase } from '../../src/store/index.js';
import { aBody, aRequest, aResponse, USAGE } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';
import { tempDatabase } from '../store/support/temp-database.js';

const SESSION = 'quorn';

/** A main thread and those of two agents, one request each. */
function storedThreads() {
  const { file, store, run } = startedStore();
  const attributor = createAttributor({ prices: {}, onFailure() {} });
  const requests = [null, 'agent-1', 'agent-2'].map((agentId, index) => {
    const content = [{ role: 'user', content: [{ type: 'text', text: `Go ${index}.` }] }];
    const body = aBody(JSON.stringify({ model: 'claude-test', messages: content }));
    const timestamps = { ...aRequest(run.id).timestamps, initiated: 1_000 + index };
    const request = aRequest(run.id, { sessionId: SESSION, agentId, body, timestamps });
    const response = aResponse(request, { usage: USAGE });
    const attribution = attributor.attribute(request, response);
    store.saveRequest(request);
    store.saveResponse(
      response,
      attribution && { ...attribution, place: { ...attribution.place, threadId: request.id } },
    );
    return request.id;
  });
  store.close();
  return { file, requests };
}

function read(file: string, busyTimeoutMs = 0) {
  const failures: unknown[] = [];
  const exchanges = readSessionHistory(file, SESSION, busyTimeoutMs, (error) => failures.push(error));
  return { ids: exchanges.map(({ id }) => id), failures: failures.map(String) };
}

it('is empty when nothing is stored', () => {
  expect(read(tempDatabase())).toEqual({ ids: [], failures: [] });
});

it('is the last exchange of each conversation, the last used last', () => {
  const { file, requests } = storedThreads();
  expect(read(file)).toEqual({ ids: requests, failures: [] });
});

it.each([
  ['solution', 'UPDATE captured_responses SET solution = 999999 WHERE attribution_version = @version AND request = @n'],
  ['request body', 'UPDATE captured_bodies SET sha256 = zeroblob(32) WHERE side = 0 AND @version AND request = @n'],
])('leaves out only the conversation whose %s is damaged, and reports it', (_, damage) => {
  const { file, requests } = storedThreads();
  const db = openDatabase(file, { readonly: false });
  const n = db.prepare('SELECT n FROM captured_requests WHERE id = ?').pluck().get(requests[1]);
  expect(db.prepare(damage).run({ n, version: ATTRIBUTION_VERSION }).changes).toBe(1);
  db.close();
  expect(read(file)).toEqual({
    ids: [requests[0], requests[2]],
    failures: [expect.stringContaining('is damaged')],
  });
});

it('waits for other processes for the given time', () => {
  const { file } = storedThreads();
  const other = openDatabase(file, { readonly: false });
  other.pragma('locking_mode = EXCLUSIVE');
  other.exec('BEGIN EXCLUSIVE');
  expect(() => read(file, 0)).toThrow(LockedError);
  other.close();
  expect(read(file).ids).toHaveLength(3);
});
