import { describe, expect, test } from 'vitest';
import { createThreads, type Threads } from '../../../src/attribution/index.js';
import type { Segment } from '../../../src/model/segment.js';
import type { ThreadAttribution } from '../../../src/model/thread.js';
import type { Usage } from '../../../src/model/usage.js';
import { SOME_TIME } from '../../support/attributed.js';
import { answered, billed, call, exchange, result, said } from '../../support/conversation.js';

const BASE = { system: 'brindle mellip '.repeat(50), tools: [{ name: 'Read', description: 'quorn '.repeat(60) }] };
const with_ = (...messages: object[]) => ({ ...BASE, messages });
const REPORT = 'zoft tavish '.repeat(30);

const find = ({ segments }: ThreadAttribution, source: string, part: string): Segment[] =>
  segments.filter((segment) => segment.source === source && segment.part === part);

/** The request that follows `readOnce`. */
const AFTER_READING = with_(
  said('Read it.'),
  answered(call('c1')),
  result('c1', REPORT),
  answered({ type: 'text', text: 'It is read.' }),
  said('Thanks, and now?'),
);

/** A prompt, a call, and its result, billed so that the result is 777 tokens. */
function readOnce(threads: Threads): ThreadAttribution {
  threads.attribute(exchange(with_(said('Read it.')), billed(400, 40), [call('c1')]));
  const body = with_(said('Read it.'), answered(call('c1')), result('c1', REPORT));
  return threads.attribute(exchange(body, billed(1217, 25), [{ type: 'text', text: 'It is read.' }]));
}

describe('tokens along a thread', () => {
  test('pieces that start a thread are scaled, one alone in a turn is exact, several are shared', () => {
    const second = readOnce(createThreads({}));
    expect(find(second, 'tool:Read', 'result')).toMatchObject([{ tokens: 777, known: 'exact' }]);
    expect(find(second, 'tool:Read', 'call')).toMatchObject([{ tokens: 40, known: 'exact' }]);
    expect(find(second, 'framework:system', 'prompt')).toMatchObject([{ known: 'scaled' }]);
  });

  test('parallel results share the rest exactly, in proportion to their size', () => {
    const threads = createThreads({});
    const calls = [call('c1'), call('c2', 'Bash', { command: 'quorn' })];
    threads.attribute(exchange(with_(said('Go.')), billed(400, 60), calls));
    const results = [result('c1', REPORT), result('c2', REPORT + REPORT)].map((message) => Object(message).content[0]);
    const body = with_(said('Go.'), answered(...calls), { role: 'user', content: results });
    const second = threads.attribute(exchange(body, billed(760, 5)));
    const [read, bash] = [find(second, 'tool:Read', 'result')[0], find(second, 'tool:Bash', 'result')[0]];
    expect([read?.known, bash?.known]).toEqual(['shared', 'shared']);
    expect((read?.tokens ?? 0) + (bash?.tokens ?? 0)).toBe(300);
    expect((bash?.tokens ?? 0) / (read?.tokens ?? 1)).toBeCloseTo(2, 1);
  });

  test('an exact figure stays the same in all later requests', () => {
    const threads = createThreads({});
    readOnce(threads);
    const third = threads.attribute(exchange(AFTER_READING, billed(1217 + 25 + 9, 5)));
    expect(find(third, 'tool:Read', 'result')).toMatchObject([{ tokens: 777, known: 'exact' }]);
    expect(find(third, 'assistant', 'text')).toMatchObject([{ tokens: 25, known: 'exact' }]);
    expect(find(third, 'user', 'text').at(-1)).toMatchObject({ tokens: 9, known: 'exact' });
  });

  test('without a bill everything is estimated, and the thread continues from the last bill', () => {
    const threads = createThreads({});
    threads.attribute(exchange(with_(said('Read it.')), billed(400, 40), [call('c1')]));
    const body = with_(said('Read it.'), answered(call('c1')), result('c1', REPORT));
    const failed = threads.attribute(exchange(body, null));
    expect(new Set(failed.segments.map(({ known }) => known))).toEqual(new Set(['estimated']));
    const again = threads.attribute(exchange(body, billed(1217, 5)));
    expect(find(again, 'tool:Read', 'result')).toMatchObject([{ tokens: 777, known: 'exact' }]);
  });

  test('a bill that contradicts inherited figures is shared out again, and adds up', () => {
    const threads = createThreads({});
    readOnce(threads);
    const body = with_(said('Read it.'), answered(call('c1')), result('c1', REPORT), said('Now?'));
    const third = threads.attribute(exchange(body, billed(450, 5)));
    expect(third.segments.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(450);
    expect(find(third, 'tool:Read', 'result')).toMatchObject([{ known: 'scaled' }]);
  });

  test('results that the API cleared have no tokens and are marked', () => {
    const threads = createThreads({});
    readOnce(threads);
    const applied = [{ type: 'clear_tool_uses_20250919', cleared_tool_uses: 1, cleared_input_tokens: 777 }];
    const message = { id: null, model: null, role: 'assistant', content: [], stopReason: null, complete: true };
    const third = threads.attribute(
      exchange(AFTER_READING, billed(1217 + 25 + 9 - 777, 5), [], {
        message: { ...message, contextManagement: { applied_edits: applied } },
      }),
    );
    expect(find(third, 'tool:Read', 'result')).toMatchObject([{ tokens: 0, unread: 'cleared' }]);
    expect(find(third, 'user', 'text').at(-1)).toMatchObject({ tokens: 9, known: 'exact' });
  });

  test('the bill shows that an older model dropped the thinking of the last turn', () => {
    const threads = createThreads({});
    const thinking = { type: 'thinking', thinking: 'brindle quorn '.repeat(200), signature: 'c2lnbmVk' };
    const answer = [thinking, { type: 'text', text: 'Done as you said it.' }];
    threads.attribute(exchange(with_(said('Think.')), billed(400, 610), answer));
    const body = with_(said('Think.'), answered(...answer), said('Go on.'));
    const second = threads.attribute(exchange(body, billed(425, 5)));
    expect(find(second, 'assistant', 'thinking')).toMatchObject([{ tokens: 0, unread: 'cleared' }]);
    const kept = createThreads({});
    kept.attribute(exchange(with_(said('Think.')), billed(400, 610), answer));
    const other = kept.attribute(exchange(body, billed(1018, 5)));
    expect(find(other, 'assistant', 'thinking')[0]?.tokens).toBeGreaterThan(500);
  });

  test('count_tokens makes the counted figure exact', () => {
    const threads = createThreads({});
    const memo = said('mellip '.repeat(60));
    threads.learnCount(exchange({ messages: [memo] }, null), 199);
    const first = threads.attribute(exchange(with_(memo), billed(600, 5)));
    expect(find(first, 'user', 'text')).toMatchObject([{ tokens: 199, known: 'exact' }]);
  });

  test('a thread continues in another process', () => {
    const start = exchange(with_(said('Read it.')), billed(400, 40), [call('c1')]);
    const first = createThreads({}).attribute(start);
    const threads = createThreads({});
    threads.resume({ ...start, context: first.thread, solution: first.solution, place: first.place });
    const body = with_(said('Read it.'), answered(call('c1')), result('c1', REPORT));
    const second = threads.attribute(exchange(body, billed(1217, 25)));
    expect(find(second, 'tool:Read', 'result')).toMatchObject([{ tokens: 777, known: 'exact' }]);
    expect(second.place).toMatchObject({ threadId: start.id, previousId: start.id, continuation: 'extends' });
  });

  test('counts of single tools separate definitions from the system prompt', () => {
    const threads = createThreads({});
    const tools = ['a', 'b'].map((name) => ({ name: `mcp__hill__${name}`, description: `${name} quorn `.repeat(80) }));
    const foo = said('foo');
    // Tools cost 90 tokens more than they are, once; each of these 400, and the message 8.
    threads.learnCount(exchange({ messages: [foo] }, null), 8);
    for (const tool of tools) threads.learnCount(exchange({ tools: [tool], messages: [foo] }, null), 498);
    threads.learnCount(exchange({ tools, messages: [foo] }, null), 898);
    const body = { tools, system: 'brindle mellip '.repeat(50), messages: [said('Go.')] };
    const first = threads.attribute(exchange(body, billed(90 + 800 + 220 + 9, 5)));
    const [system] = find(first, 'framework:system', 'prompt');
    expect(Math.abs((system?.tokens ?? 0) - 220)).toBeLessThan(11);
  });

  test('another conversation of the session inherits shared content', () => {
    const threads = createThreads({});
    readOnce(threads);
    const fresh = threads.attribute(exchange(with_(said('zoft '.repeat(100))), billed(595, 5)));
    expect(fresh.place.continuation).toBeNull();
    const [prompt] = find(fresh, 'user', 'text');
    expect(Math.abs((prompt?.tokens ?? 0) - 200)).toBeLessThan(12);
  });
});

describe('the billed output of an answer', () => {
  const answer = (complete: boolean, tokens: number) => {
    const threads = createThreads({});
    const content = [{ type: 'text', text: 'tavish '.repeat(60) }];
    const start = exchange(with_(said('Go.')), billed(400, tokens), content);
    threads.attribute({ ...start, message: start.message && { ...start.message, complete } });
    const next = threads.attribute(
      exchange(with_(said('Go.'), answered(...content), said('On.')), billed(400 + 190, 5)),
    );
    return find(next, 'assistant', 'text').map(({ tokens: count, known }) => [count, known]);
  };

  test('is its input from then on', () => {
    expect(answer(true, 180)).toEqual([[180, 'exact']]);
  });

  test('is not used when the answer was cut off, or holds much hidden content', () => {
    for (const [[tokens = 0, known] = []] of [answer(false, 3), answer(true, 900)]) {
      expect(known).toBe('shared');
      expect(Number(tokens)).toBeGreaterThan(170);
    }
  });
});

describe('a place in a thread', () => {
  test('the next request extends it, and knows the previous and the first request', () => {
    const threads = createThreads({});
    const first = exchange(with_(said('Go.')), billed(100, 5));
    threads.attribute(first);
    const second = threads.attribute(exchange(with_(said('Go.'), answered(), said('On.')), billed(110, 5)));
    expect(second.place).toMatchObject({ threadId: first.id, previousId: first.id, continuation: 'extends' });
  });

  test('a changed past is an edit, another opening is another thread', () => {
    const threads = createThreads({});
    const talk = (middle: string) => with_(said('Go.'), said(middle), said('On.'), said('End.'));
    threads.attribute(exchange(talk('left'), billed(100, 5)));
    expect(threads.attribute(exchange(talk('right'), billed(100, 5))).place.continuation).toBe('edited');
    expect(threads.attribute(exchange(with_(said('Stop.')), billed(90, 5))).place.continuation).toBeNull();
  });

  test('a summary continues the thread that it summarises', () => {
    const threads = createThreads({});
    const first = exchange(with_(said('Go.')), billed(100, 5));
    threads.attribute(first);
    const summary = 'This session is being continued from a previous conversation that ran out of context. Zoft.';
    const next = threads.attribute(exchange(with_(said(summary)), billed(90, 5)));
    expect(next.place).toMatchObject({ threadId: first.id, previousId: first.id, continuation: 'compacted' });
    const again = threads.attribute(exchange(with_(said(`${summary} Quorn.`)), billed(90, 5)));
    expect(again.place).toMatchObject({ threadId: first.id, continuation: 'compacted' });
  });

  test('a subagent has a thread of its own, started by the call', () => {
    const threads = createThreads({});
    const task = call('c9', 'Agent', { subagent_type: 'scout', prompt: 'Look ahead.' });
    threads.attribute(exchange(with_(said('Go.')), billed(100, 5), [task]));
    const own = exchange(with_(said('Look ahead.')), billed(90, 5), [], { agentId: 'a1' });
    expect(threads.attribute(own).place).toEqual({
      purpose: 'subagent',
      threadId: own.id,
      previousId: null,
      continuation: null,
      startedBy: 'c9',
    });
  });

  test('other sessions have other threads; without ids, the common prefix decides', () => {
    const threads = createThreads({});
    const knows = ['quorn', 'zoft', null, null].map((sessionId) => {
      const { place } = threads.attribute(exchange(with_(said('Go.')), billed(100, 5), [], { sessionId }));
      return place.previousId !== null;
    });
    expect(knows).toEqual([false, false, false, true]);
  });
});

describe('a cache miss', () => {
  const cached = (read: number, written: number, uncached = 0) =>
    billed(uncached, 5, { cacheRead: read, cacheWrite5m: written });
  const first = () => exchange(with_(said('Go.')), cached(0, 1000));

  test('none, when everything cached is read', () => {
    const threads = createThreads({});
    threads.attribute(first());
    const next = threads.attribute(exchange(with_(said('Go.'), said('On.')), cached(1000, 20)));
    expect(next.cacheMiss).toBeNull();
  });

  test('names the first changed source, the tokens billed again, and their cost', () => {
    const threads = createThreads({});
    const before = threads.attribute(first());
    const changed = { ...with_(said('Go.'), said('On.')), tools: [{ name: 'Read', description: 'zoft '.repeat(60) }] };
    const { cacheMiss } = threads.attribute(exchange(changed, cached(0, 1020)));
    const behind = before.segments.filter(({ path }) => !path.startsWith('/tools'));
    const lostTokens = behind.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(cacheMiss).toMatchObject({ cause: 'changed', source: 'tool:Read', path: '/tools/0', lostTokens });
    // Written again at 3.75 dollars a million instead of read at 0.30.
    expect(cacheMiss?.lostUsd).toBeCloseTo((lostTokens * 3.45) / 1e6, 12);
  });

  test('a rewound or summarised conversation has no miss for the content that it still holds', () => {
    const long = said('mellip '.repeat(300));
    const missOf = (body: object, lastKept: string) => {
      const threads = createThreads({});
      const { segments } = threads.attribute(exchange(with_(said('Go.'), long, said('On.')), cached(0, 1400)));
      const end = segments.findLastIndex(({ path }) => path.startsWith(lastKept));
      const kept = segments.slice(0, end + 1).reduce((sum, { tokens }) => sum + tokens, 0);
      return threads.attribute(exchange(body, cached(kept, 20))).cacheMiss;
    };
    const summary = said('This session is being continued from a previous conversation that ran out of context. Zoft.');
    expect(missOf(with_(said('Go.'), said('Back.')), '/messages/0')).toBeNull();
    expect(missOf(with_(summary), '/system')).toBeNull();
  });

  test('another model has its own cache, and a side call with it misses nothing', () => {
    const threads = createThreads({});
    threads.attribute(first());
    const title = {
      messages: [said('Go.')],
      output_config: { format: { type: 'json_schema', schema: { properties: { title: {} } } } },
    };
    expect(threads.attribute(exchange(title, billed(20, 5), [], { model: 'claude-haiku-4-5' })).cacheMiss).toBeNull();
    const body = { ...with_(said('Go.'), said('On.')), model: 'claude-opus-4-5' };
    const switched = threads.attribute(exchange(body, cached(0, 1020), [], { model: 'claude-opus-4-5' }));
    expect(switched.cacheMiss).toMatchObject({ cause: 'parameters', detail: 'model' });
  });

  test('an entry lives an hour from its last use, also by a side call', () => {
    const again = (firstUsage: Usage, minutes: number, read: number) => {
      const threads = createThreads({});
      threads.attribute(exchange(with_(said('Go.')), firstUsage));
      const later = { at: SOME_TIME + minutes * 60_000 };
      return threads.attribute(exchange(with_(said('Go.')), cached(read, 1000 - read), [], later)).cacheMiss?.cause;
    };
    const hour = billed(0, 5, { cacheWrite1h: 1000 });
    expect(again(hour, 11, 0)).toBe('unknown');
    expect(again(hour, 61, 0)).toBe('expired');
    expect(again(billed(0, 5, { cacheWrite1h: 600, cacheWrite5m: 400 }), 11, 600)).toBe('expired');
  });

  test('a new tool in the middle is the cause, and so is a removed one', () => {
    const [a, b] = ['mcp__hill__a', 'mcp__lake__b'].map((name) => ({ name, description: 'zoft '.repeat(40) }));
    const talk = (...tools: unknown[]) => ({ ...with_(said('Go.')), tools });
    const miss = (before: object, after: object) => {
      const threads = createThreads({});
      threads.attribute(exchange(before, cached(0, 1000)));
      return threads.attribute(exchange(after, cached(0, 1000))).cacheMiss?.source;
    };
    expect(miss(talk(b), talk(a, b))).toBe('mcp:hill');
    expect(miss(talk(a, b), talk(b))).toBe('mcp:hill');
  });

  test('changed settings, time, or an unknown cause', () => {
    const again = (body: object, at: number) => {
      const threads = createThreads({});
      threads.attribute(first());
      return threads.attribute(exchange(body, cached(0, 1000), [], { at })).cacheMiss;
    };
    const body = with_(said('Go.'));
    expect(again({ ...body, tool_choice: { type: 'any' } }, SOME_TIME)).toMatchObject({
      cause: 'parameters',
      detail: 'tool_choice',
    });
    expect(again(body, SOME_TIME + 6 * 60_000)).toMatchObject({ cause: 'expired', source: null });
    expect(again(body, SOME_TIME + 60_000)).toMatchObject({ cause: 'unknown' });
  });

  test('without a price the loss has tokens but no dollars', () => {
    const threads = createThreads({});
    for (const usage of [cached(0, 1000), cached(0, 1000)]) {
      const { cacheMiss } = threads.attribute(exchange(with_(said('Go.')), usage, [], { model: 'quorn-1' }));
      if (cacheMiss !== null) expect(cacheMiss).toMatchObject({ lostTokens: 1000, lostUsd: null });
    }
  });
});
