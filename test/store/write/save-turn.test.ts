import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import type { Purpose } from '../../../src/model/purpose.js';
import type { ThreadAttribution } from '../../../src/model/thread.js';
import { openReader } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

const START = Date.parse('2026-03-01T10:00:00Z');

interface Asked {
  /** Seconds from the start. */
  at: number;
  purpose?: Purpose;
  prompt?: string | null;
  promptId?: string;
  previous?: CapturedRequest;
  billed?: boolean;
  sessionId?: string | null;
}

/** A store whose requests begin and end in the order of the calls. */
function session() {
  const { file, store, run } = startedStore();
  const names = new Map<string, string>();
  function begin(name: string, { at, promptId, sessionId }: Asked): CapturedRequest {
    const initiated = START + at * 1_000;
    const request = aRequest(run.id, {
      ...(promptId !== undefined && { promptId }),
      ...(sessionId !== undefined && { sessionId }),
      timestamps: { initiated, received: null, forwarded: null, firstByte: null, responseEnd: null, delivered: null },
    });
    names.set(request.id, name);
    store.saveRequest(request);
    return request;
  }
  function attributionOf(request: CapturedRequest, { purpose = 'main', prompt = null, previous }: Asked) {
    const place: ThreadAttribution['place'] = {
      purpose,
      threadId: previous?.id ?? request.id,
      previousId: previous?.id ?? null,
      continuation: previous === undefined ? null : 'extends',
      startedBy: null,
    };
    return anAttribution([aShare('user', 10)], { place, prompt });
  }
  function end(request: CapturedRequest, asked: Asked): void {
    const { billed = true } = asked;
    const response = billed ? aResponse(request) : aResponse(request, { status: 529, usage: null });
    store.saveResponse(response, attributionOf(request, asked));
  }
  function send(name: string, asked: Asked): CapturedRequest {
    const request = begin(name, asked);
    end(request, asked);
    return request;
  }
  /** Each turn with the names of its requests; those in no turn under null. */
  function turns(): [prompt: string | null, requests: string[]][] {
    const reader = openReader(file);
    const requestsOf = (turnId: string | null) =>
      reader.page({ turnId }, { limit: 100, ascending: true }).map(({ id }) => names.get(id) ?? id);
    const found = reader.turns({}, { limit: 100 }).toReversed();
    const listed = found.map(({ id, prompt }): [string | null, string[]] => [prompt, requestsOf(id)]);
    const rest = requestsOf(null);
    reader.close();
    return rest.length === 0 ? listed : [...listed, [null, rest]];
  }
  return { file, store, begin, end, send, turns, attributionOf };
}

describe('requests with Claude Code’s prompt id', () => {
  it('are one turn from their beginning, whatever they are for', () => {
    const { begin, end, turns } = session();
    const title = { at: 0, promptId: 'p1', purpose: 'title' as const };
    const main = { at: 1, promptId: 'p1', prompt: 'Fix it' };
    const opened = [begin('title', title), begin('main', main)] as const;
    expect(turns()).toEqual([[null, ['title', 'main']]]);
    end(opened[0], title);
    end(opened[1], main);
    begin('next', { at: 9, promptId: 'p2' });
    expect(turns()).toEqual([
      ['Fix it', ['title', 'main']],
      [null, ['next']],
    ]);
  });

  it('keep the prompt that opened the turn when another is typed in the middle', () => {
    const { send, turns } = session();
    send('first', { at: 0, promptId: 'p1', prompt: 'Fix it' });
    send('second', { at: 2, promptId: 'p1', prompt: 'And be quick' });
    expect(turns()).toEqual([['Fix it', ['first', 'second']]]);
  });

  it('are other turns in another session', () => {
    const { send, turns } = session();
    send('one', { at: 0, promptId: 'p1', prompt: 'one' });
    send('two', { at: 1, promptId: 'p1', prompt: 'two', sessionId: 'other' });
    expect(turns()).toEqual([
      ['one', ['one']],
      ['two', ['two']],
    ]);
  });
});

describe('requests without a prompt id', () => {
  it('open a turn with a new prompt of the main conversation, and belong to the turn of the request they continue', () => {
    const { send, turns } = session();
    const first = send('first', { at: 0, prompt: 'one' });
    const tool = send('tool', { at: 2, previous: first });
    const agent = send('agent', { at: 3, purpose: 'subagent' });
    const second = send('second', { at: 10, previous: tool, prompt: 'two' });
    send('agent again', { at: 12, purpose: 'subagent', previous: agent });
    send('aside', { at: 13, purpose: 'suggestion', previous: second });
    expect(turns()).toEqual([
      ['one', ['first', 'tool', 'agent', 'agent again']],
      ['two', ['second', 'aside']],
    ]);
  });

  it('belong to the turn of their time, also when they end before the request that opens it', () => {
    const { begin, end, send, turns } = session();
    send('first', { at: 0, prompt: 'one' });
    send('title', { at: 58, purpose: 'title' });
    const opening = { at: 60, prompt: 'two' };
    const main = begin('second', opening);
    send('aside', { at: 61, purpose: 'classifier' });
    send('agent', { at: 62, purpose: 'subagent' });
    end(main, opening);
    send('later', { at: 70, purpose: 'summary' });
    expect(turns()).toEqual([
      ['one', ['first']],
      ['two', ['title', 'second', 'aside', 'agent', 'later']],
    ]);
  });

  it('are one turn when an error made Claude Code send the prompt again, and two when the user repeats it', () => {
    const { send, turns } = session();
    send('refused', { at: 0, prompt: 'yes', billed: false });
    const answered = send('again', { at: 3, prompt: 'yes' });
    send('repeated', { at: 60, prompt: 'yes', previous: answered });
    expect(turns()).toEqual([
      ['yes', ['refused', 'again']],
      ['yes', ['repeated']],
    ]);
  });

  it('belong to none before the first prompt of their session', () => {
    const { send, turns } = session();
    send('probe', { at: 0, purpose: 'probe' });
    send('first', { at: 30, prompt: 'one' });
    send('elsewhere', { at: 40, purpose: 'probe', sessionId: null });
    expect(turns()).toEqual([
      ['one', ['first']],
      [null, ['probe', 'elsewhere']],
    ]);
  });

  it('belong to the turn of their time when attribution failed', () => {
    const { store, begin, send, turns } = session();
    send('first', { at: 0, prompt: 'one' });
    store.saveResponse(aResponse(begin('failed', { at: 5 })), null);
    expect(turns()).toEqual([['one', ['first', 'failed']]]);
  });
});

it('attributing again changes the prompt and no turn; a request that opens none any more leaves no empty turn', () => {
  const { store, send, turns, attributionOf } = session();
  const first = send('first', { at: 0, prompt: 'one' });
  const second = send('second', { at: 5, prompt: 'two', previous: first });
  store.replaceAttribution(first.id, attributionOf(first, { at: 0, prompt: 'One' }));
  store.replaceAttribution(second.id, attributionOf(second, { at: 5, prompt: 'two', previous: first }));
  expect(turns()).toEqual([
    ['One', ['first']],
    ['two', ['second']],
  ]);
  store.replaceAttribution(second.id, attributionOf(second, { at: 5, previous: first }));
  expect(turns()).toEqual([['One', ['first', 'second']]]);
});

it('requests of other kinds are in no turn', () => {
  const { store, run } = startedStore();
  store.saveRequest(aRequest(run.id, { kind: 'count_tokens', promptId: 'p1' }));
  const reader = openReader(store.file);
  expect(reader.countTurns({ kind: 'all' })).toBe(0);
  reader.close();
});
