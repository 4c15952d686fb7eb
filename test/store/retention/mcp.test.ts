import { describe, expect, it } from 'vitest';
import { openDatabase, openReader, openStore, verifyFile } from '../../../src/store/index.js';
import { ALL_IN_USE, contentUse } from '../support/content-use.js';
import { saveMcpHistory } from '../support/mcp-history.js';
import { aCall, aConnection, aDelivery } from '../support/mcp-records.js';
import { aRequestOf, DAY_MS, finish, keepDays, saveHistory, smallerOnly } from '../support/old-history.js';
import { aRequest, aResponse } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

function count(file: string, table: string): number {
  const db = openDatabase(file, { readonly: true });
  const rows = db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  db.close();
  return rows;
}

describe('retention of MCP records', () => {
  it('removes old messages with their calls, connections and content, and keeps the others byte for byte', () => {
    const { file, store, run } = startedStore();
    const calls = saveMcpHistory(store, run.id, 40);
    const limits = keepDays(9.5);
    const reader = openReader(file);
    expect(reader.pruningPlan(limits)).toMatchObject({ requests: 0, mcpMessages: 60, tooOld: 0, estimated: false });
    const pruning = store.retention.prune(limits);
    finish(pruning);
    expect([pruning.removed, pruning.removedMessages]).toEqual([0, 60]);
    const kept = calls.slice(30);
    expect(reader.mcpCalls({}, { limit: 100 }).map(({ id }) => id)).toEqual(kept.map(({ call }) => call.id).reverse());
    for (const { messages } of kept) {
      for (const { id, bytes } of messages) expect(Buffer.compare(reader.mcpMessage(id).bytes ?? bytes, bytes)).toBe(0);
    }
    reader.close();
    expect(['mcp_servers', 'mcp_messages', 'mcp_calls'].map((table) => count(file, table))).toEqual([10, 20, 10]);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    expect(verifyFile(file)).toMatchObject({ damage: [], mcpMessages: 20, unused: { slices: 0 } });
    store.close();
  });

  it('does not free the content of messages when it removes all requests, also in a whole sweep', () => {
    const { file, store, run } = startedStore();
    saveHistory(store, run.id, 10);
    const { call } = aCall(aConnection(run.id).id, {}, 'kept');
    const [kept] = saveMcpHistory(store, run.id, 1);
    expect(finish(store.retention.prune(keepDays(0.5)))).toBe(9);
    const other = openStore(file);
    finish(other.retention.prune(keepDays(0.5)));
    other.close();
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    expect(verifyFile(file).damage).toEqual([]);
    const reader = openReader(file);
    expect(reader.mcpCall(kept?.call.id ?? call.id).answer?.bytes).not.toBeNull();
    reader.close();
    store.close();
  });

  it('removes the oldest of requests and messages until the database is small enough', () => {
    const { file, store, run } = startedStore();
    saveHistory(store, run.id, 20);
    saveMcpHistory(store, run.id, 20);
    const maxBytes = Math.round(store.retention.usedBytes() * 0.93);
    const reader = openReader(file);
    const plan = reader.pruningPlan(smallerOnly(maxBytes));
    const pruning = store.retention.prune(smallerOnly(maxBytes));
    finish(pruning);
    expect(pruning.removed).toBeGreaterThan(0);
    expect(Math.abs(pruning.removed * 2 - pruning.removedMessages)).toBeLessThanOrEqual(2);
    expect(plan.estimated).toBe(true);
    expect(Math.abs(plan.requests - pruning.removed)).toBeLessThanOrEqual(3);
    expect(Math.abs(plan.mcpMessages - pruning.removedMessages)).toBeLessThanOrEqual(6);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    reader.close();
    store.close();
  });

  it('keeps open connections and calls of any age for the process that records them', () => {
    const { file, store, run } = startedStore();
    const long = aConnection(run.id, { startedAt: Date.now() - 90 * DAY_MS });
    const open = aCall(long.id, { sentAt: Date.now() - 80 * DAY_MS });
    store.saveMcp([{ type: 'connection', connection: long }, ...open.writes]);
    saveMcpHistory(store, run.id, 3);
    finish(store.retention.prune(keepDays(-1)));
    const reader = openReader(file);
    expect(reader.mcpCalls()).toMatchObject([{ id: open.call.id, state: 'open' }]);
    expect(reader.mcpConnections()).toMatchObject([{ id: long.id }]);
    reader.close();
    store.close();
  });

  it('removes API requests from under a call, which stays', () => {
    const { file, store, run } = startedStore();
    const connection = aConnection(run.id);
    const { call, writes } = aCall(connection.id);
    const old = aRequestOf(run.id, 90);
    store.saveRequest(old);
    store.saveResponse(aResponse(old), null);
    store.saveRequest(aRequest(run.id));
    const deliver = (toolUseId: string) =>
      store.saveMcp([
        {
          type: 'delivery',
          delivery: aDelivery(toolUseId, old.correlationId, { calledBy: old.correlationId, form: 'cut' }),
        },
      ]);
    store.saveMcp([{ type: 'connection', connection }, ...writes]);
    deliver(call.toolUseId ?? '');
    deliver('toolu_of_no_call');
    expect(finish(store.retention.prune(keepDays(30)))).toBe(1);
    const reader = openReader(file);
    expect(reader.mcpCall(call.id).delivery).toMatchObject({ calledBy: null, carriedBy: null, form: 'cut' });
    reader.close();
    expect(count(file, 'mcp_deliveries')).toBe(0);
    store.close();
  });

  it('knows the time by messages, where there are no requests', () => {
    const { store, run } = startedStore();
    const now = Date.now();
    expect(store.retention.knownTime(now)).toBeNull();
    const [oldest] = saveMcpHistory(store, run.id, 3);
    const ended = store.retention.knownTime(now + 60_000);
    expect(ended).toBeGreaterThan(oldest?.call.sentAt ?? now);
    expect(ended).toBeLessThanOrEqual(now + 60_000);
    store.close();
  });
});
