import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import { openReader, openStore, type Pruning, type Store } from '../../../src/store/index.js';
import { attributedRows } from '../support/attributed-rows.js';
import { ALL_IN_USE, contentUse } from '../support/content-use.js';
import { aCall, aConnection, answered } from '../support/mcp-records.js';
import { finish, olderThanOnly, smallerOnly } from '../support/old-history.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aShare } from '../support/records.js';
import { tempDatabase } from '../support/temp-database.js';

const STORES = 3;
const start = Date.UTC(2026, 0, 1);

/** Few texts, so that conversations often share, free and rewrite content. */
const content = fc.constantFrom('yes', 'no', 'again', 'a longer one '.repeat(20));
const store = fc.nat(STORES - 1);

const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('save' as const),
      store,
      messages: fc.array(content, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('answer' as const), store, which: fc.nat(), text: content }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('attribute' as const), store, which: fc.nat(), text: content }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('call' as const), store, text: content }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('prune' as const), store, upTo: fc.nat(), bySize: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('step' as const), store, times: fc.integer({ min: 1, max: 20 }) }),
  },
);

/** What the test has saved. */
interface Saved {
  request: CapturedRequest;
  answer: string | null;
}

/** Counts of the rows that retention never removes. */
function aggregates(file: string) {
  const { sources, hours, sourceHours, toolHours } = attributedRows(file);
  return { sources, hours, sourceHours, toolHours };
}

/** Stores with warm caches on one file, and what was saved in them. */
function world() {
  const file = tempDatabase();
  const stores = Array.from({ length: STORES }, () => openStore(file));
  const run = aRun();
  stores[0]?.beginRun(run);
  const saved: Saved[] = [];
  const connection = aConnection(run.id, { startedAt: start });
  stores[0]?.saveMcp([{ type: 'connection', connection }]);
  /** Texts of the messages of MCP servers, by their ids. */
  const messages = new Map<string, string>();
  const running = new Map<Store, Pruning>();
  let clock = start;

  function attribution(text: string) {
    return anAttribution([aShare('user', text.length), aShare(`mcp:${text.slice(0, 2)}`, 5)], {
      thread: { knownServers: [text], agent: null },
      solution: { tokens: [text.length], known: ['exact'], cleared: [] },
    });
  }

  function apply(at: typeof action extends fc.Arbitrary<infer Action> ? Action : never): void {
    const on = stores[at.store];
    if (on === undefined) throw new Error('unreachable');
    if (at.type === 'save') {
      const messages = at.messages.map((text) => ({ role: 'user', content: text }));
      const plain = aRequest(run.id, { body: aBody(JSON.stringify({ model: 'm', messages })) });
      clock += 60_000;
      const request = { ...plain, timestamps: { ...plain.timestamps, initiated: clock } };
      on.saveRequest(request);
      saved.push({ request, answer: null });
    } else if (at.type === 'answer') {
      const open = saved.filter(({ answer }) => answer === null);
      const chosen = open[at.which % open.length];
      if (chosen === undefined) return;
      on.saveResponse(aResponse(chosen.request, { body: aBody(at.text) }), attribution(at.text));
      chosen.answer = at.text;
    } else if (at.type === 'attribute') {
      const chosen = saved[at.which % saved.length];
      if (chosen?.answer) on.replaceAttribution(chosen.request.id, attribution(at.text));
    } else if (at.type === 'call') {
      // Its messages say what bodies say, too.
      clock += 60_000;
      const open = aCall(connection.id, { sentAt: clock }, at.text);
      const ended = answered(open.call, 10, at.text);
      on.saveMcp([...open.writes, ...ended.writes]);
      for (const { id } of [open.request, ended.answer]) messages.set(id, at.text);
    } else if (at.type === 'prune') {
      const olderThan = start + (at.upTo % (saved.length + messages.size / 2 + 1)) * 60_000;
      running.set(
        on,
        on.retention.prune(at.bySize ? smallerOnly(on.retention.usedBytes() - 1) : olderThanOnly(olderThan), 0),
      );
    } else {
      const pruning = running.get(on);
      for (let step = 0; step < at.times && pruning?.step(); step += 1);
    }
  }

  function close(): void {
    for (const each of stores) each.close();
  }
  return { file, stores, saved, connection, messages, running, apply, close };
}

describe('pruning between the writes of several stores', () => {
  it('keeps the remaining bodies and messages exact, all open requests and all aggregates, and leaves nothing unused', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 10, maxLength: 60 }), (actions) => {
        const { file, stores, saved, connection, messages, running, apply, close } = world();
        for (const each of actions) {
          apply(each);
          expect(contentUse(file).missing).toEqual(ALL_IN_USE.missing);
        }
        const before = aggregates(file);
        for (const pruning of running.values()) finish(pruning);
        const last = stores[0];
        if (last) finish(last.retention.prune(olderThanOnly(0)));
        expect(contentUse(file)).toEqual(ALL_IN_USE);
        expect(aggregates(file)).toEqual(before);

        const reader = openReader(file);
        const stored = new Set(reader.query({ kind: 'all' }, { limit: 1_000 }).rows.map((row) => row.id));
        for (const { request, answer } of saved) {
          if (answer === null) expect(stored).toContain(request.id);
          if (!stored.has(request.id)) continue;
          expect(Buffer.from(reader.requestBody(request.id))).toEqual(request.body.bytes);
          if (answer !== null) expect(Buffer.from(reader.responseBody(request.id) ?? []).toString()).toBe(answer);
        }
        for (const { id } of reader.mcpMessages(connection.id, { limit: 1_000 }).rows) {
          expect(Buffer.from(reader.mcpMessage(id).bytes ?? []).toString()).toBe(messages.get(id));
        }
        reader.close();
        close();
      }),
      { numRuns: 25 },
    );
  });

  it('leaves the aggregates as they would be without pruning', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 10, maxLength: 40 }), (actions) => {
        const [pruned, whole] = [world(), world()];
        const played = actions.filter(({ type }) => type !== 'attribute');
        for (const each of played) pruned.apply(each);
        for (const each of played.filter(({ type }) => type !== 'prune')) whole.apply(each);
        expect(aggregates(pruned.file)).toEqual(aggregates(whole.file));
        pruned.close();
        whole.close();
      }),
      { numRuns: 10 },
    );
  });
});
