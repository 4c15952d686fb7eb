import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readExchange } from '../../src/export/exported-exchange.js';
import { exchangeRow } from '../../src/export/formats.js';
import { harEntry } from '../../src/export/har/entry.js';
import type { CapturedRequest, CapturedResponse } from '../../src/model/exchange.js';
import { openDatabase, openReader } from '../../src/store/index.js';
import { aBody, anAttribution, aRequest, aResponse, aShare } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';
import { harProblems } from './support/har-problems.js';

/** What the formats make of one stored exchange. */
function exported(
  request: Partial<CapturedRequest>,
  response: Partial<CapturedResponse> | null = {},
  damage: string | null = null,
) {
  const { store, run, file } = startedStore();
  const stored = aRequest(run.id, request);
  store.saveRequest(stored);
  if (response) store.saveResponse(aResponse(stored, response), anAttribution([aShare('mcp:serena', 10)]));
  store.close();
  if (damage !== null) {
    const db = openDatabase(file, { readonly: false });
    db.exec(damage);
    db.close();
  }
  const reader = openReader(file);
  const [row] = reader.query({ kind: 'all' }).rows;
  if (!row) throw new Error('nothing stored');
  const exchange = readExchange(reader, row);
  reader.close();
  const entry = JSON.parse(JSON.stringify(harEntry(exchange)));
  const log = { log: { version: '1.2', creator: { name: 'claude-trace', version: '1' }, entries: [entry] } };
  expect(harProblems(log)).toEqual([]);
  return { exchange, har: entry, line: JSON.parse(JSON.stringify(exchangeRow(exchange))) };
}

const JSON_BODY = '{"content":"wörds ✓"}';

describe('a HAR entry', () => {
  it('has heads, bodies, cookies, query and times, and fields of claude-trace that begin with _', () => {
    const { har } = exported(
      {
        url: 'https://api.anthropic.com/v1/messages?beta=true&x=a%20b',
        headers: [
          ['Content-Type', 'application/json'],
          ['Cookie', 'a=[redacted:1]; b=[redacted:2]'],
        ],
        body: aBody(JSON_BODY),
        timestamps: {
          initiated: 1_000,
          received: 1_004,
          forwarded: 1_005,
          firstByte: null,
          responseEnd: null,
          delivered: null,
        },
      },
      {
        headers: [
          ['content-type', 'text/event-stream'],
          ['set-cookie', 's=[redacted:3]; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Secure'],
          ['set-cookie', 'odd; Expires=never'],
        ],
        body: aBody('event: ping\n\n'),
        timestamps: {
          initiated: 1_000,
          received: 1_004,
          forwarded: 1_005,
          firstByte: 1_104,
          responseEnd: 1_204,
          delivered: 1_205,
        },
      },
    );
    expect(har).toMatchObject({
      startedDateTime: '1970-01-01T00:00:01.000Z',
      time: 205,
      request: {
        method: 'POST',
        httpVersion: 'HTTP/1.1',
        queryString: [
          { name: 'beta', value: 'true' },
          { name: 'x', value: 'a b' },
        ],
        cookies: [
          { name: 'a', value: '[redacted:1]' },
          { name: 'b', value: '[redacted:2]' },
        ],
        postData: { mimeType: 'application/json', text: JSON_BODY },
        bodySize: Buffer.byteLength(JSON_BODY),
      },
      response: {
        status: 200,
        statusText: 'OK',
        cookies: [
          {
            name: 's',
            value: '[redacted:3]',
            path: '/',
            expires: '2026-10-21T07:28:00.000Z',
            httpOnly: true,
            secure: true,
          },
          { name: 'odd', value: '' },
        ],
        content: { mimeType: 'text/event-stream', text: 'event: ping\n\n', size: 13, compression: 0 },
      },
      timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 4, wait: 100, receive: 101 },
      _tokens: { known: 'exact' },
      _sources: [{ source: 'mcp:serena', tokens: 10 }],
    });
    expect(har.comment).toBeUndefined();
  });

  it('has decoded bodies, and other bytes than text in base64', () => {
    const zipped = gzipSync(JSON_BODY);
    const binary = Buffer.from([0, 255, 128, 13]);
    const { har, line } = exported(
      { headers: [['content-encoding', 'gzip']], body: aBody(zipped) },
      { headers: [['content-type', 'image/png']], body: aBody(binary) },
    );
    expect(har.request).toMatchObject({ postData: { text: JSON_BODY }, bodySize: zipped.length });
    expect(har.response.content).toMatchObject({ text: binary.toString('base64'), encoding: 'base64', size: 4 });
    expect(line.request_body).toMatchObject({ text: JSON_BODY, size: zipped.length, problem: null });
    expect(line.response.body).toMatchObject({ base64: binary.toString('base64') });
  });

  it('has status 0 for a request without a response, as in browsers', () => {
    const { har, line } = exported(
      { kind: 'other', method: 'GET', headers: [], body: aBody(''), url: 'https://api.anthropic.com/v1/models' },
      null,
    );
    expect(har.response).toMatchObject({ status: 0, content: { size: 0 } });
    expect(har.request.postData).toBeUndefined();
    expect(line.response).toBeNull();
  });
});

describe('the problem of an exported exchange', () => {
  it('names a body without its end', () => {
    const cut = aBody('{"half', { truncated: true, sha256: null });
    const { exchange, har } = exported(
      { body: cut },
      { headers: [['content-encoding', 'gzip']], body: aBody(gzipSync(JSON_BODY).subarray(0, 20)) },
    );
    expect(exchange.problems).toEqual([
      'request body: only its beginning was captured',
      'response body: it ends too early',
    ]);
    expect(har).toMatchObject({ comment: exchange.problems.join('; '), request: { postData: { text: '{"half' } } });
  });

  it('names a content coding that cannot be undone; the bytes are exported as they are', () => {
    const { exchange, har } = exported({}, { headers: [['content-encoding', 'snappy']], body: aBody('abc') });
    expect(exchange.problems).toEqual(['response body: still encoded: content coding "snappy" is not known']);
    expect(har.response.content).toMatchObject({ text: 'abc', comment: expect.stringContaining('snappy') });
  });

  it('names a damaged body; the rest of the request is exported', () => {
    const { exchange, har, line } = exported({}, {}, 'UPDATE captured_bodies SET sha256 = zeroblob(32) WHERE side = 0');
    expect(exchange.problems).toEqual([expect.stringMatching(/^request body: The stored request body is damaged/)]);
    expect(har).toMatchObject({ _problems: exchange.problems, response: { content: { size: 21 } } });
    expect(line.request_body).toMatchObject({ problem: expect.stringContaining('damaged') });
  });

  it('names damaged headers; bodies are exported', () => {
    const zipped = gzipSync(JSON_BODY);
    const { exchange, har, line } = exported(
      { body: aBody(JSON_BODY) },
      { headers: [['content-encoding', 'gzip']], body: aBody(zipped) },
      'UPDATE captured_requests SET headers = 0; UPDATE captured_responses SET headers = 0',
    );
    expect(exchange.problems).toEqual([
      'The stored request headers are damaged.',
      'The stored response headers are damaged.',
      'response body: maybe still encoded',
    ]);
    expect(har).toMatchObject({
      request: { headers: [], postData: { text: JSON_BODY } },
      response: { status: 200, headers: [], content: { text: zipped.toString('base64'), encoding: 'base64' } },
      _tokens: { known: 'exact' },
    });
    expect(line).toMatchObject({
      status: 200,
      request_headers: [],
      request_body: { text: JSON_BODY, problem: null },
      response: { headers: [], body: { base64: zipped.toString('base64') } },
      problems: exchange.problems,
    });
  });
});
