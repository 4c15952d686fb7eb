import { describe, expect, it } from 'vitest';
import type { McpWrite } from '../../src/model/mcp-write.js';
import type { RuleHit } from '../../src/model/rule.js';
import { openReader, openStore, verifyFile } from '../../src/store/index.js';
import { ALL_IN_USE, contentUse } from './support/content-use.js';
import { aCall, aConnection, aDelivery, answered } from './support/mcp-records.js';
import { finish, keepDays } from './support/old-history.js';
import { aRequest, aResponse, aRun } from './support/records.js';
import { startedStore } from './support/started-store.js';
import { tamper } from './support/whole-history.js';

const tag = (detail: string, rule = 'marks'): RuleHit => ({ rule, action: 'tag', detail });
const alert = (detail: string, rule = 'warns'): RuleHit => ({ rule, action: 'alert', detail });
const HOSTILE = `\u001b]0;x\u0007"'; DROP TABLE rule_hits; --\u202e`;

function hits(of: Extract<McpWrite, { type: 'hits' }>['hits']['of'], ...all: RuleHit[]): McpWrite {
  return { type: 'hits', hits: { of, at: Date.now(), hits: all } };
}

/** A run with a connection. */
function started(at = Date.now()) {
  const { file, store, run } = startedStore();
  const connection = aConnection(run.id, { startedAt: at });
  store.saveMcp([{ type: 'connection', connection }]);
  return { file, store, run, connection };
}

/** A stored call whose answer a rule changed. */
function alteredCall({ store, connection }: ReturnType<typeof started>, sentAt = Date.now()) {
  const open = aCall(connection.id, { sentAt });
  const { answer, call } = answered(open.call, 5_000, '{"after":1}', { altered: true });
  const message = { ...answer, original: Buffer.from('{"before":1}'), altered: true };
  store.saveMcp([...open.writes, { type: 'message', message }, { type: 'call', call }]);
  return { call, answer: message };
}

describe('an altered call', () => {
  it('has what was sent and what was received, and its hits, also after the same writes came again', () => {
    const run = started();
    const { call, answer } = alteredCall(run);
    const modify: RuleHit = { rule: 'short', action: 'modify', detail: null };
    for (let times = 0; times < 2; times += 1) run.store.saveMcp([hits(answer.id, modify, tag(HOSTILE))]);
    run.store.saveMcp([{ type: 'message', message: answer }]);
    run.store.close();
    const reader = openReader(run.file);
    const { answer: stored, request } = reader.mcpCall(call.id);
    expect([stored?.bytes, stored?.original].map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual([
      '{"after":1}',
      '{"before":1}',
    ]);
    expect(stored).toMatchObject({ altered: true, dropped: false, hits: [modify, tag(HOSTILE)] });
    expect(request).toMatchObject({ altered: false, original: null, hits: [] });
    reader.close();
    expect(contentUse(run.file)).toEqual(ALL_IN_USE);
    expect(verifyFile(run.file)).toMatchObject({ damage: [], mcpMessages: 2 });
  });

  it('is left out of all figures, and counted apart', () => {
    const run = started();
    alteredCall(run);
    const open = aCall(run.connection.id, { sentAt: 1 });
    run.store.saveMcp([...open.writes, ...answered(open.call, 10, 'x'.repeat(40)).writes]);
    run.store.close();
    const reader = openReader(run.file);
    const expected = { calls: 1, alteredCalls: 1, p50Ms: 10, p95Ms: 10, bytesSaid: 40, tokensSaid: 10, failedCalls: 0 };
    expect(reader.mcpServers()).toMatchObject([expected]);
    expect(reader.mcpTools()).toMatchObject([expected]);
    expect(reader.mcpCalls().map(({ altered }) => altered)).toEqual([true, false]);
    expect([true, false, undefined].map((altered) => reader.countMcpCalls({ altered }))).toEqual([1, 1, 2]);
    reader.close();
  });

  it('stays altered when a recorder that was started again knows less', () => {
    const run = started();
    const { call } = alteredCall(run);
    run.store.saveMcp([{ type: 'call', call: { ...call, altered: false } }]);
    run.store.close();
    const reader = openReader(run.file);
    expect(reader.mcpCall(call.id).altered).toBe(true);
    reader.close();
  });

  it('of a replay does not count for the time that a server takes to start', () => {
    const { file, store, run, connection } = started();
    const replay = aConnection(run.id, { startedAt: connection.startedAt + 1, synthetic: true });
    store.saveMcp([{ type: 'connection', connection: { ...replay, readyAt: replay.startedAt + 90_000 } }]);
    store.close();
    const reader = openReader(file);
    expect(reader.mcpServers()).toMatchObject([{ connections: 2, readyMs: 120 }]);
    expect(reader.mcpConnections().map(({ synthetic }) => synthetic)).toEqual([true, false]);
    reader.close();
  });
});

describe('hits of rules', () => {
  it('are found by run, session, rule and action, the newest first, with the call that they are of', () => {
    const run = started();
    const { call, answer } = alteredCall(run);
    const request = aRequest(run.run.id);
    run.store.saveRequest(request);
    run.store.saveResponse(aResponse(request), null);
    run.store.saveMcp([hits(answer.id, tag('a'), alert('first'))]);
    run.store.saveMcp([
      { type: 'hits', hits: { of: aResponse(request).id, at: Date.now() + 5, hits: [alert('second')] } },
    ]);
    run.store.saveMcp([hits(request.id, tag('a'))]);
    const other = aRun();
    run.store.beginRun(other);
    run.store.close();
    const reader = openReader(run.file);
    expect(reader.ruleHits({ action: 'alert' })).toMatchObject([
      { detail: 'second', requestId: request.id, messageId: null, callId: null, server: null },
      { detail: 'first', requestId: null, messageId: answer.id, callId: call.id, server: 'serena' },
    ]);
    const texts = (filter: Parameters<typeof reader.ruleHits>[0]) =>
      reader
        .ruleHits(filter)
        .map(({ detail }) => detail)
        .sort();
    expect(texts({ runId: run.run.id })).toEqual(['a', 'a', 'first', 'second']);
    expect(texts({ runId: other.id })).toEqual([]);
    expect(texts({ sessionId: request.sessionId ?? '' })).toEqual(['a', 'second']);
    expect(texts({ server: 'ser*', rule: 'mar*' })).toEqual(['a']);
    expect(reader.ruleHits({}, { limit: 1, offset: 1 })).toHaveLength(1);
    expect(reader.ruleFigures()).toMatchObject([
      { rule: 'marks', action: 'tag', detail: 'a', hits: 2 },
      { rule: 'warns', action: 'alert', detail: 'first', hits: 1 },
      { rule: 'warns', action: 'alert', detail: 'second', hits: 1 },
    ]);
    expect(reader.requestHits(request.id)).toEqual([tag('a'), alert('second')]);
    reader.close();
  });

  it('lead to requests and calls, by rule and by tag', () => {
    const run = started();
    const { call, answer } = alteredCall(run);
    const [marked, carrying, exchange, plain] = [1, 2, 3, 4].map(() => aRequest(run.run.id));
    if (!marked || !carrying || !exchange || !plain) throw new Error('four requests');
    for (const request of [marked, carrying, exchange, plain]) run.store.saveRequest(request);
    const notified = aCall(run.connection.id).request;
    run.store.saveMcp([
      { type: 'delivery', delivery: aDelivery(call.toolUseId ?? '', carrying.correlationId) },
      { type: 'message', message: { ...notified, exchange: exchange.correlationId } },
      hits(answer.id, tag('slow', 'r1')),
      hits(marked.id, tag('slow', 'r2')),
      hits(notified.id, tag('other', 'r1')),
    ]);
    run.store.close();
    const reader = openReader(run.file);
    const requests = (filter: { rule?: string; tag?: string }) =>
      reader
        .page(filter)
        .map(({ id }) => id)
        .sort();
    expect(requests({ tag: 'slow' })).toEqual([marked.id, carrying.id].sort());
    expect(requests({ rule: 'r1' })).toEqual([carrying.id, exchange.id].sort());
    expect(requests({ rule: 'r2', tag: 'sl*' })).toEqual([marked.id]);
    expect(reader.count({ tag: 'other' })).toBe(1);
    expect(requests({ tag: 'sl[o]w' })).toEqual([]);
    expect(reader.mcpCalls({ tag: 'slow' }).map(({ id }) => id)).toEqual([call.id]);
    expect(reader.countMcpCalls({ rule: 'r2' })).toBe(0);
    reader.close();
  });

  it('are logged as alerts once each, and only alerts are', () => {
    const run = started();
    const { answer } = alteredCall(run);
    for (let times = 0; times < 2; times += 1)
      run.store.saveMcp([hits(answer.id, tag('x'), alert('one'), alert('two'))]);
    run.store.close();
    const reader = openReader(run.file);
    const ids = reader.changes(0, 100).flatMap(({ type, alertId }) => (type === 'rule.alert' ? [alertId ?? ''] : []));
    expect(reader.alerts(ids).map(({ id, detail }) => [id, detail])).toEqual([
      [ids[0], 'one'],
      [ids[1], 'two'],
    ]);
    expect(reader.alerts(['alert_999'])).toEqual([]);
    reader.close();
  });

  it('of what is not stored are left out', () => {
    const { file, store } = started();
    store.saveMcp([hits('mcpm_01', tag('x')), hits('req_01', tag('x')), hits('resp_01', tag('x'))]);
    store.close();
    const reader = openReader(file);
    expect(reader.ruleHits()).toEqual([]);
    reader.close();
  });

  it('are removed with what they are of, and what was sent with them', () => {
    const old = Date.now() - 30 * 86_400_000;
    const run = started(old);
    const { answer } = alteredCall(run, old);
    run.store.saveMcp([hits(answer.id, tag('x'))]);
    const later = alteredCall(run);
    run.store.saveMcp([hits(later.answer.id, tag('y'))]);
    finish(run.store.retention.prune(keepDays(9)));
    run.store.close();
    const reader = openReader(run.file);
    expect(reader.ruleHits().map(({ detail }) => detail)).toEqual(['y']);
    expect(Buffer.from(reader.mcpCall(later.call.id).answer?.original ?? []).toString()).toBe('{"before":1}');
    reader.close();
    expect(contentUse(run.file)).toEqual(ALL_IN_USE);
    expect(verifyFile(run.file)).toMatchObject({ damage: [], unused: { slices: 0 } });
  });
});

it('what was sent is verified like what was received', () => {
  const run = started();
  alteredCall(run);
  run.store.close();
  tamper(run.file, 'UPDATE mcp_messages SET original = 999999 WHERE original IS NOT NULL');
  expect(verifyFile(run.file).damage).toMatchObject([
    { what: 'MCP messages that are not what was captured', count: 1 },
  ]);
  const store = openStore(run.file);
  store.close();
});
