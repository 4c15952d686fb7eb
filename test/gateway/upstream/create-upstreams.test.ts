import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GatewayFact } from '../../../src/gateway/facts.js';
import { type GatewayRequest, isRefusal, type Refusal } from '../../../src/gateway/request.js';
import { type Balanced, createUpstreams } from '../../../src/gateway/upstream/create-upstreams.js';
import type { Target } from '../../../src/gateway/upstream/target.js';
import { UpstreamError } from '../../../src/gateway/upstream/upstream-error.js';
import type { Chosen, UpstreamAnswer, UpstreamRequest, Upstreams } from '../../../src/gateway/upstream/upstreams.js';
import { readMessages } from '../../../src/mcp/messages/index.js';

type Behaviour = 'ok' | 'hang' | 'breaks' | number | UpstreamError;

/** A target that follows a script, and the requests that it got. */
function fakeTarget(name: string, behaviours: Behaviour[] = []) {
  const got: UpstreamRequest[] = [];
  const state = { isUp: true };
  const target: Target = {
    name,
    weight: 1,
    forwardHeaders: [],
    isolatesSessions: false,
    async send(request) {
      got.push(request);
      const behaviour = behaviours.shift() ?? 'ok';
      if (behaviour instanceof UpstreamError) throw behaviour;
      if (behaviour === 'hang') {
        return new Promise((_, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason)),
        );
      }
      const status = typeof behaviour === 'number' ? behaviour : 200;
      return { status, headers: [], session: null, body: bodyOf(name, behaviour === 'breaks') };
    },
    end: vi.fn(),
    async check() {
      if (!state.isUp) throw new Error('down');
    },
    async close() {},
  };
  return { target, got, state };
}

async function* bodyOf(text: string, breaks: boolean): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
  if (breaks) throw new UpstreamError('reset', 'broke off');
}

const ROUTE: Balanced = {
  name: 'r',
  balance: 'round_robin',
  health: { interval: 10_000, timeout: 1_000, failures: 3, successes: 2 },
  breaker: { window: 10_000, min_requests: 4, failure_rate: 0.5, open: 5_000, half_open_requests: 1 },
  retries: { max: 2, backoff: 100 },
};

const reset = () => new UpstreamError('reset', 'the connection broke');
const refused = () => new UpstreamError('refused', 'nobody listens');

function group(targets: readonly Target[], route: Partial<typeof ROUTE> = {}) {
  const facts: GatewayFact[] = [];
  const deps = { report: (fact: GatewayFact) => facts.push(fact), now: () => Date.now(), random: () => 0.5 };
  const upstreams = createUpstreams({ ...ROUTE, ...route }, targets, deps);
  return { upstreams, facts };
}

interface Asked {
  method?: string;
  session?: { upstream: string };
  ip?: string;
  signal?: AbortSignal;
}

async function choose(upstreams: Upstreams, { method = 'tools/list', session, ip = '127.0.0.1' }: Asked) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method }));
  const messages = readMessages({ bytes: body, size: body.length, truncated: false });
  const request = { session: session ?? null, identity: null, ip, messages } as unknown as GatewayRequest;
  return { body, chosen: upstreams.choose(request) };
}

/** The outcome of a request: the name of the target that answered, a status, or the error. */
async function ask(upstreams: Upstreams, asked: Asked = {}): Promise<string | number> {
  const { body, chosen } = await choose(upstreams, asked);
  if (isRefusal(chosen)) return (chosen as Refusal).status;
  try {
    const answer = await send(chosen, body, asked.signal, asked.session === undefined ? null : 's');
    if (answer.status !== 200) return answer.status;
    let text = '';
    for await (const bytes of answer.body) text += Buffer.from(bytes).toString();
    return text === answer.upstream ? text : `${text}, not ${answer.upstream}`;
  } catch (error) {
    return error instanceof UpstreamError ? error.kind : String(error);
  }
}

function send(
  chosen: Chosen,
  body: Uint8Array,
  signal = new AbortController().signal,
  session: string | null = null,
): Promise<UpstreamAnswer> {
  return chosen.send({
    method: 'POST',
    headersFor: (forwarded) => forwarded.map((name) => [name, 'of the client'] as const),
    session,
    body,
    messages: [],
    identity: null,
    isRequest: true,
    signal,
  });
}

/** The same while time passes. */
async function patiently<T>(work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(1_000);
  return work;
}

describe('createUpstreams', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('balances, and sends the messages of a session to the upstream that has it', async () => {
    const { upstreams } = group([fakeTarget('a').target, fakeTarget('b').target]);
    expect([await ask(upstreams), await ask(upstreams), await ask(upstreams)]).toEqual(['a', 'b', 'a']);
    const session = { upstream: 'b' };
    expect([await ask(upstreams, { session }), await ask(upstreams, { session })]).toEqual(['b', 'b']);
    expect(await ask(upstreams, { session: { upstream: 'gone' } })).toBe(404);
  });

  it('keeps a client at one upstream, if the route says so', async () => {
    const { upstreams } = group(
      ['a', 'b', 'c'].map((name) => fakeTarget(name).target),
      { balance: 'sticky' },
    );
    const first = await ask(upstreams, { ip: '192.0.2.7' });
    for (let count = 0; count < 5; count++) expect(await ask(upstreams, { ip: '192.0.2.7' })).toBe(first);
  });

  it('repeats a list at another upstream, and names the one that answered', async () => {
    const [a, b] = [fakeTarget('a', [reset()]), fakeTarget('b')];
    const { upstreams } = group([a.target, b.target]);
    expect(await patiently(ask(upstreams))).toBe('b');
    expect([a.got.length, b.got.length]).toEqual([1, 1]);
  });

  it('sends each upstream only those headers of the client that it forwards, also when a request is repeated', async () => {
    const [a, b] = [fakeTarget('a', [reset()]), fakeTarget('b')];
    a.target.forwardHeaders = ['x-a'];
    b.target.forwardHeaders = ['x-b', 'x-c'];
    const { upstreams } = group([a.target, b.target]);
    expect(await patiently(ask(upstreams))).toBe('b');
    const names = [a, b].map(({ got }) => got.map(({ headers }) => headers.map(([name]) => name)));
    expect(names).toEqual([[['x-a']], [['x-b', 'x-c']]]);
  });

  it('repeats a list that a server answers with 503, and lets go of that answer', async () => {
    const [a, b] = [fakeTarget('a', [503]), fakeTarget('b')];
    const { upstreams } = group([a.target, b.target]);
    expect(await patiently(ask(upstreams))).toBe('b');
    expect(a.got[0]?.signal.aborted).toBe(true);
    expect(b.got[0]?.signal.aborted).toBe(false);
  });

  it('never repeats a call that a server may have got', async () => {
    const [a, b] = [fakeTarget('a', [reset(), 503]), fakeTarget('b', [503])];
    const { upstreams } = group([a.target, b.target]);
    const asked = { method: 'tools/call' };
    expect([await ask(upstreams, asked), await ask(upstreams, asked), await ask(upstreams, asked)]).toEqual([
      'reset',
      503,
      503,
    ]);
    expect(a.got.length + b.got.length).toBe(3);
  });

  it('a call that cannot have reached a server is repeated', async () => {
    const { upstreams } = group([fakeTarget('a', [refused()]).target, fakeTarget('b').target]);
    expect(await patiently(ask(upstreams, { method: 'tools/call' }))).toBe('b');
  });

  it('repeats a request of a session only where the session is', async () => {
    const [a, b] = [fakeTarget('a', [reset()]), fakeTarget('b')];
    const { upstreams } = group([a.target, b.target]);
    expect(await patiently(ask(upstreams, { session: { upstream: 'a' } }))).toBe('a');
    expect([a.got.length, b.got.length]).toEqual([2, 0]);
  });

  it('gives up after a number of attempts, or at once when the client leaves', async () => {
    const a = fakeTarget('a', Array.from({ length: 9 }, refused));
    const { upstreams } = group([a.target]);
    expect(await patiently(ask(upstreams))).toBe('refused');
    expect(a.got).toHaveLength(3);
    const left = new AbortController();
    const asked = ask(upstreams, { signal: left.signal });
    await vi.advanceTimersByTimeAsync(1);
    left.abort();
    expect(await asked).not.toBe('a');
    expect(a.got).toHaveLength(4);
  });

  it('spreads the load of repeated requests: a fifth of all, at most', async () => {
    const a = fakeTarget(
      'a',
      Array.from({ length: 1_000 }, () => 503),
    );
    const { upstreams } = group([a.target], {
      breaker: { ...ROUTE.breaker, min_requests: 1e6 },
      health: { ...ROUTE.health, failures: 1e6 },
    });
    for (let count = 0; count < 100; count++) await patiently(ask(upstreams));
    expect(a.got.length).toBeLessThanOrEqual(100 + 10 + 20);
    expect(a.got.length).toBeGreaterThan(120);
  });

  it('a server that keeps failing is no longer asked, which is reported, and is tried again later', async () => {
    const a = fakeTarget('a', [reset(), reset(), reset(), reset(), 'ok']);
    const { upstreams, facts } = group([a.target], {
      retries: { max: 0, backoff: 1 },
      health: { ...ROUTE.health, failures: 9 },
    });
    for (let count = 0; count < 4; count++) expect(await ask(upstreams)).toBe('reset');
    const { chosen } = await choose(upstreams, {});
    expect(chosen).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, outcome: 'no_upstream' });
    expect(await ask(upstreams, { session: { upstream: 'a' } })).toBe(503);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([await ask(upstreams), await ask(upstreams)]).toEqual(['a', 'a']);
    expect(facts.map((fact) => fact.type === 'breaker' && fact.state)).toEqual(['open', 'half_open', 'closed']);
  });

  it('does not count failures of sessions that have servers of their own', async () => {
    const failures = () => Array.from({ length: 4 }, () => new UpstreamError('timeout', 'no answer'));
    const a = fakeTarget('a', failures());
    const { upstreams, facts } = group([{ ...a.target, isolatesSessions: true }]);
    for (let count = 0; count < 4; count++) {
      expect(await ask(upstreams, { session: { upstream: 'a' } })).toBe('timeout');
    }
    expect([await ask(upstreams), facts]).toEqual(['a', []]);
    const b = fakeTarget('b', failures());
    const shared = group([b.target]);
    for (let count = 0; count < 4; count++) await ask(shared.upstreams, { session: { upstream: 'b' } });
    expect(shared.facts).toMatchObject([{ type: 'breaker', state: 'open' }]);
  });

  it('counts an answer that breaks off as a failure', async () => {
    const { upstreams, facts } = group([fakeTarget('a', ['breaks', 'breaks']).target]);
    for (let count = 0; count < 2; count++) expect(await ask(upstreams)).toBe('reset');
    expect(facts).toMatchObject([{ type: 'breaker', state: 'open' }]);
  });

  it('gives no more requests to a server that fails several times in a row, if there is another', async () => {
    const [a, b] = [fakeTarget('a', [500, 500, 500]), fakeTarget('b')];
    const { upstreams } = group([a.target, b.target], { breaker: { ...ROUTE.breaker, min_requests: 1e6 } });
    const asked = { method: 'tools/call' };
    const statuses = [];
    for (let count = 0; count < 8; count++) statuses.push(await ask(upstreams, asked));
    expect(statuses).toEqual([500, 'b', 500, 'b', 500, 'b', 'b', 'b']);
  });

  it('asks only servers whose checks succeed', async () => {
    const [a, b] = [fakeTarget('a'), fakeTarget('b')];
    const { upstreams, facts } = group([a.target, b.target]);
    a.state.isUp = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([await ask(upstreams), await ask(upstreams)]).toEqual(['b', 'b']);
    b.state.isUp = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await ask(upstreams)).toBe(503);
    a.state.isUp = true;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await ask(upstreams)).toBe('a');
    expect(facts.map((fact) => fact.type === 'upstream_state' && [fact.upstream, fact.isHealthy])).toEqual([
      ['a', false],
      ['b', false],
      ['a', true],
    ]);
  });

  it('does not count clients that leave, nor a server without room, as failures', async () => {
    const full = () => new UpstreamError('full', 'no room');
    const a = fakeTarget('a', ['hang', 'hang', 'hang', 'hang', full(), full(), full(), full()]);
    const { upstreams, facts } = group([a.target], { retries: { max: 0, backoff: 1 } });
    for (let count = 0; count < 4; count++) {
      const left = new AbortController();
      const asked = ask(upstreams, { signal: left.signal });
      await vi.advanceTimersByTimeAsync(1);
      left.abort();
      expect(await asked).toContain('AbortError');
    }
    for (let count = 0; count < 4; count++) expect(await ask(upstreams)).toBe('full');
    expect([await ask(upstreams), facts]).toEqual(['a', []]);
  });

  it('counts requests in progress until their answers are read, or nobody wants them', async () => {
    const [a, b] = [fakeTarget('a'), fakeTarget('b')];
    const { upstreams } = group([a.target, b.target], { balance: 'least_connections' });
    const { body, chosen } = await choose(upstreams, {});
    if (isRefusal(chosen)) throw new Error('refused');
    const left = new AbortController();
    await send(chosen, body, left.signal);
    const busy = chosen.upstream;
    const idle = busy === 'a' ? 'b' : 'a';
    expect([await ask(upstreams), await ask(upstreams)]).toEqual([idle, idle]);
    left.abort();
    expect(new Set([await ask(upstreams), await ask(upstreams)])).toEqual(new Set(['a', 'b']));
  });

  it('reports no state of upstreams that are closed, whatever was in progress', async () => {
    const a = fakeTarget('a', ['hang', 'hang', 'hang', 'hang', 'hang']);
    const failing: ((error: Error) => void)[] = [];
    a.target.check = () => new Promise((_, reject) => failing.push(reject));
    const { upstreams, facts } = group([a.target], { health: { ...ROUTE.health, failures: 1 } });
    const left = new AbortController();
    const asked = Array.from({ length: 5 }, () => ask(upstreams, { method: 'tools/call', signal: left.signal }));
    await vi.advanceTimersByTimeAsync(ROUTE.health.interval);
    expect(failing).toHaveLength(1);
    await upstreams.close(0);
    failing[0]?.(new Error('down'));
    left.abort(reset());
    expect(await Promise.all(asked)).toEqual(['reset', 'reset', 'reset', 'reset', 'reset']);
    expect(facts).toEqual([]);
  });
});
