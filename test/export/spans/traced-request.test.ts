import { describe, expect, it } from 'vitest';
import { createTracedRequests } from '../../../src/export/spans/traced-request.js';
import { openDatabase, openReader } from '../../../src/store/index.js';
import { aBody, anAttribution, aRequest, aResponse } from '../../store/support/records.js';
import { startedStore } from '../../store/support/started-store.js';

const SENT = { messages: [{ role: 'user', content: 'Hi' }] };
const ANSWER = [
  { type: 'message_start', message: { id: 'm', role: 'assistant' } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hello' } },
];

function traced(damage: string) {
  const { store, run, file } = startedStore();
  const request = aRequest(run.id, { body: aBody(JSON.stringify(SENT)) });
  const stream = ANSWER.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  store.saveRequest(request);
  store.saveResponse(
    aResponse(request, { headers: [['content-type', 'text/event-stream']], body: aBody(stream) }),
    anAttribution([]),
  );
  store.close();
  const db = openDatabase(file, { readonly: false });
  db.exec(damage);
  db.close();
  const reader = openReader(file);
  const [row] = reader.query({ kind: 'all' }).rows;
  const read = row && createTracedRequests(reader).read(row);
  reader.close();
  return read;
}

describe('a span of a request', () => {
  const message = { content: [{ type: 'text', text: 'Hello' }] };

  it('has its messages', () => {
    expect(traced('')).toMatchObject({ body: SENT, message, isWhole: true });
  });

  it.each([
    ['request headers', 'UPDATE captured_requests SET headers = 0', { body: SENT, message }],
    ['response headers', 'UPDATE captured_responses SET headers = 0', { body: SENT, message }],
    ['the body sent', 'UPDATE captured_bodies SET sha256 = zeroblob(32) WHERE side = 0', { body: null, message }],
    ['the answer', 'UPDATE captured_bodies SET sha256 = zeroblob(32) WHERE side = 1', { body: SENT, message: null }],
  ])('loses only what is damaged: %s', (_what, damage, left) => {
    expect(traced(damage)).toMatchObject({ ...left, isWhole: false });
  });
});
