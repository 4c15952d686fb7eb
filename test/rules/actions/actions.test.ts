import { describe, expect, it } from 'vitest';
import {
  answer,
  CONTEXT,
  call,
  decide,
  fromClient,
  fromServer,
  hitsOf,
  ruleEngine,
  stepsOf,
} from '../support/decide.js';

const ANY = '{ direction: { one_of: [client_to_server, server_to_client] } }';
const NOTIFICATION = fromServer({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info' } });

describe('tag, alert and redact', () => {
  it('change nothing', () => {
    const decision = decide(
      '{}',
      '[{ tag: slow }, { alert: "look here" }, { redact: $.arguments.a }]',
      call('t', { a: 1 }),
    );
    expect(decision).toEqual({
      hits: [
        { rule: 'r', action: 'tag', detail: 'slow' },
        { rule: 'r', action: 'alert', detail: 'look here' },
        { rule: 'r', action: 'redact', detail: '$.arguments.a' },
      ],
      steps: [],
      redactions: ["$['params']['arguments']['a']"],
    });
  });
});

describe('delay', () => {
  const delays = (delay: string, count = 5, more = '    seed: 1\n') => {
    const engine = ruleEngine('{}', `[{ delay: ${delay} }]`, more);
    return Array.from({ length: count }, () => {
      const [step] = stepsOf(engine.decide(call('t'), CONTEXT)) ?? [];
      return step?.do === 'delay' ? step.ms : 0;
    });
  };

  it('is fixed, or grows up to a limit', () => {
    expect(delays('{ ms: 200 }', 2)).toEqual([200, 200]);
    expect(delays('{ exponential: { base: 100, max: 1000 } }', 6)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(delays('{ exponential: { base: 1, max: 60000 } }', 2_000).at(-1)).toBe(60_000);
    expect(delays('{ ms: 0 }', 1)).toEqual([0]);
  });

  it('varies within its bounds, and repeats with its seed', () => {
    const random = delays('{ random: { min: 100, max: 300 } }', 500);
    expect(Math.min(...random)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...random)).toBeLessThanOrEqual(300);
    expect(new Set(random).size).toBeGreaterThan(100);
    expect(delays('{ random: { min: 100, max: 300 } }', 500)).toEqual(random);
    expect(delays('{ random: { min: 100, max: 300 } }', 500, '    seed: 2\n')).not.toEqual(random);
    const jittered = delays('{ ms: 1000, jitter: 0.2 }', 500);
    expect(Math.min(...jittered)).toBeLessThan(850);
    expect(Math.min(...jittered)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...jittered)).toBeGreaterThan(1_150);
    expect(Math.max(...jittered)).toBeLessThanOrEqual(1_200);
  });
});

describe('mock', () => {
  const mock = (text: string, subject = call('forecast', { city: 'Oslo', n: 3, list: [1, 2], none: null })) =>
    stepsOf(decide('{}', `[{ mock: ${text} }]`, subject));

  it.each([
    [
      '{ result: { content: [{ type: text, text: "Rain in {{ request.params.arguments.city }}" }] } }',
      '"result":{"content":[{"type":"text","text":"Rain in Oslo"}]}',
    ],
    [
      '{ result: { n: "{{ request.params.arguments.n }}", t: "{{request.params.arguments.n}}!" } }',
      '"result":{"n":3,"t":"3!"}',
    ],
    ['{ result: { list: "{{ request.params.arguments.list }}" } }', '"result":{"list":[1,2]}'],
    [
      '{ result: { a: "{{ request.params.arguments.none }}", b: "{{ request.nothing }}" } }',
      '"result":{"a":null,"b":null}',
    ],
    ['{ result: "{{ request.params.arguments }}" }', '"result":{"city":"Oslo","n":3,"list":[1,2],"none":null}'],
    [
      '{ result: { t: "{% if request.params.arguments.n > 2 %}many{% else %}few{% endif %}" } }',
      '"result":{"t":"many"}',
    ],
    [
      '{ result: { n: "{{ request.params.arguments.n | plus: 1 }}", u: "{{ \'a\' | upcase }}" } }',
      '"result":{"n":4,"u":"A"}',
    ],
    [
      '{ result: { now: "{{ now }}", server: "{{ server }}", session: "{{ session.id }}" } }',
      '"result":{"now":"2026-03-04T12:30:00.000Z","server":"tickets","session":"s1"}',
    ],
    [
      '{ result: { raw: 5, f: false, n: null, text: "{ { no template } }" } }',
      '"result":{"raw":5,"f":false,"n":null,"text":"{ { no template } }"}',
    ],
    [
      '{ error: { code: -32000, message: "no {{ request.params.name }}", data: { a: ["{{ request.id }}"] } } }',
      '"error":{"code":-32000,"message":"no forecast","data":{"a":[1]}}',
    ],
  ])('%s', (text, expected) => {
    expect(mock(text)).toEqual([{ do: 'answer', rule: 'r', bytes: `{"jsonrpc":"2.0","id":1,${expected}}` }]);
  });

  it.each([
    ['{ result: "text {{ 1 }}" }', 'the result is not an object'],
    ['{ result: "{{ request.params.arguments.n }}" }', 'the result is not an object'],
    ['{ result: { a: "{% for i in (1..100000000) %}x{% endfor %}" } }', 'limit exceeded'],
  ])('that fails is an error for the caller, and never reaches the server: %s', (text, reason) => {
    const [step] = mock(text) ?? [];
    expect(step).toMatchObject({
      do: 'answer',
      bytes: expect.stringContaining('"error":{"code":-32603,"message":"mock failed: '),
    });
    expect(step).toMatchObject({ bytes: expect.stringContaining(reason) });
  });

  it('has the type of its result for clients of 2026-07-28, which require it', () => {
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const subject = fromClient({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a', _meta } });
    expect(mock('{ result: { a: 1 } }', subject)).toMatchObject([
      { bytes: '{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","a":1}}' },
    ]);
    expect(mock('{ result: { resultType: task } }', subject)).toMatchObject([
      { bytes: '{"jsonrpc":"2.0","id":1,"result":{"resultType":"task"}}' },
    ]);
  });

  it('reads no request of more than a megabyte', () => {
    const large = call('forecast', { list: 'x'.repeat(1_000_000) });
    expect(mock('{ result: { a: "{{ request.id }}" } }', large)).toMatchObject([
      { bytes: expect.stringContaining('the request is too large for a template') },
    ]);
    expect(mock('{ result: { a: "{{ server }}" } }', large)).toMatchObject([
      { bytes: expect.stringContaining('tickets') },
    ]);
  });

  it.each([
    '{% include "x" %}',
    '{% render "x" %}',
    '{% layout "x" %}',
    '{{ x | no_such_filter }}',
    '{{ x',
    '{% if %}',
    `${'x'.repeat(10_001)}{{ 1 }}`,
  ])('is refused: %s', (template) => {
    expect(() => mock(`{ result: { a: '${template}' } }`)).toThrow(/rules\[0\].then\[0\].mock.result/);
  });

  it('sees own fields only', () => {
    expect(
      mock('{ result: { a: "{{ request.constructor.name }}", b: "{{ request.params.toString }}" } }'),
    ).toMatchObject([{ bytes: '{"jsonrpc":"2.0","id":1,"result":{"a":null,"b":null}}' }]);
  });

  it('takes the place of an answer, and a notification is dropped', () => {
    expect(
      stepsOf(decide(ANY, '[{ mock: { result: { a: "{{ request.params.name }}" } } }]', answer({ b: 1 }, 'list'))),
    ).toEqual([{ do: 'replace', rule: 'r', bytes: '{"jsonrpc":"2.0","id":1,"result":{"a":"list"}}' }]);
    expect(stepsOf(decide(ANY, '[{ mock: { result: {} } }]', NOTIFICATION))).toEqual([{ do: 'drop', rule: 'r' }]);
  });
});

describe('block', () => {
  it.each(['1', '"a-1"', '12345678901234567890', '1.50', '"\\u00e9"'])(
    'answers with the id as it was spelled: %s',
    (id) => {
      const subject = fromClient(`{"id": ${id} ,"method":"x","jsonrpc":"2.0"}`);
      expect(stepsOf(decide('{}', '[{ block: { reason: "not \\"here\\"" } }]', subject))).toEqual([
        {
          do: 'answer',
          rule: 'r',
          bytes: `{"jsonrpc":"2.0","id":${id},"error":{"code":-32050,"message":"not \\"here\\"","data":{"rule":"r"}}}`,
        },
      ]);
    },
  );

  it('goes back to a server that asks, takes the place of an answer, and drops a notification', () => {
    const sampling = fromServer({ jsonrpc: '2.0', id: 7, method: 'sampling/createMessage', params: {} });
    expect(stepsOf(decide(ANY, '[{ block: { reason: no } }]', sampling))).toMatchObject([{ do: 'answer' }]);
    expect(stepsOf(decide(ANY, '[{ block: { reason: no } }]', answer({})))).toMatchObject([{ do: 'replace' }]);
    expect(stepsOf(decide(ANY, '[{ block: { reason: no } }]', NOTIFICATION))).toEqual([{ do: 'drop', rule: 'r' }]);
  });
});

describe('pause', () => {
  it('holds a message for a minute, or for its limit', () => {
    expect(stepsOf(decide('{}', '[{ pause: {} }]', call('t')))).toEqual([{ do: 'pause', limitMs: 60_000, rule: 'r' }]);
    expect(stepsOf(decide('{}', '[{ pause: { limit_ms: 5 } }, { tag: t }]', call('t')))).toEqual([
      { do: 'pause', limitMs: 5, rule: 'r' },
    ]);
  });
});

describe('fault', () => {
  const fault = (text: string, subject = call('t')) => stepsOf(decide(ANY, `[{ fault: ${text} }]`, subject));
  const TIMED_OUT = '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Request timed out"}}';

  it.each([
    ['{ kind: timeout }', [{ do: 'drop', rule: 'r' }]],
    [
      '{ kind: timeout, after_ms: 50 }',
      [
        { do: 'delay', ms: 50, rule: 'r' },
        { do: 'answer', rule: 'r', bytes: TIMED_OUT },
      ],
    ],
    [
      '{ kind: rate_limit }',
      [
        {
          do: 'answer',
          rule: 'r',
          bytes: '{"jsonrpc":"2.0","id":1,"error":{"code":-32051,"message":"Rate limit exceeded"}}',
          rateLimit: { retryAfterMs: null },
        },
      ],
    ],
    [
      '{ kind: rate_limit, retry_after_ms: 1500 }',
      [
        {
          do: 'answer',
          rule: 'r',
          bytes:
            '{"jsonrpc":"2.0","id":1,"error":{"code":-32051,"message":"Rate limit exceeded: try again in 2 s","data":{"retry_after_ms":1500}}}',
          rateLimit: { retryAfterMs: 1500 },
        },
      ],
    ],
    ['{ kind: close }', [{ do: 'close', rule: 'r' }]],
    [
      '{ kind: close, after_ms: 9 }',
      [
        { do: 'delay', ms: 9, rule: 'r' },
        { do: 'close', rule: 'r' },
      ],
    ],
    ['{ kind: slow, bytes_per_second: 100 }', [{ do: 'slow', bytesPerSecond: 100, rule: 'r' }]],
  ])('%s', (text, expected) => {
    expect(fault(text)).toEqual(expected);
  });

  it('malformed is not JSON', () => {
    for (const subject of [call('t'), answer({ a: 1 }), NOTIFICATION]) {
      const [step] = fault('{ kind: malformed }', subject) ?? [];
      expect(step?.do).toBe(subject.sender === 'client' ? 'answer' : 'replace');
      const bytes = step !== undefined && 'bytes' in step ? step.bytes : '';
      expect(bytes).not.toBe('');
      expect(bytes).not.toContain('\n');
      expect(() => JSON.parse(bytes)).toThrow();
    }
  });

  it('of an answer reaches its receiver', () => {
    expect(fault('{ kind: timeout }', answer({}))).toEqual([{ do: 'drop', rule: 'r' }]);
    expect(fault('{ kind: timeout, after_ms: 5 }', answer({}))?.[1]).toEqual({
      do: 'replace',
      rule: 'r',
      bytes: TIMED_OUT,
    });
    expect(fault('{ kind: rate_limit }', NOTIFICATION)).toEqual([{ do: 'drop', rule: 'r' }]);
  });

  it('is the last action, but for slow bytes', () => {
    expect(hitsOf(decide('{}', '[{ fault: { kind: timeout } }, { tag: t }]', call('t')))).toHaveLength(1);
    expect(
      hitsOf(decide('{}', '[{ fault: { kind: slow, bytes_per_second: 9 } }, { tag: t }]', call('t'))),
    ).toHaveLength(2);
  });
});

describe('probability, seed and limit', () => {
  const series = (more: string, count = 1_000) => {
    const engine = ruleEngine('{}', '[{ tag: t }]', more);
    return Array.from({ length: count }, () => engine.decide(call('t'), CONTEXT) !== null);
  };

  it('acts on a share of the messages, the same ones with the same seed', () => {
    const first = series('    probability: 0.2\n    seed: 7\n');
    expect(first.filter(Boolean).length).toBeGreaterThan(150);
    expect(first.filter(Boolean).length).toBeLessThan(250);
    expect(series('    probability: 0.2\n    seed: 7\n')).toEqual(first);
    expect(series('    probability: 0.2\n    seed: 8\n')).not.toEqual(first);
    expect(series('    probability: 0\n').some(Boolean)).toBe(false);
    expect(series('    probability: 1\n').every(Boolean)).toBe(true);
  });

  it('acts no more often than its limit', () => {
    expect(series('    limit: 2\n', 5)).toEqual([true, true, false, false, false]);
  });

  it('is counted, and failures are kept', () => {
    const engine = ruleEngine('{}', '[{ modify: { set: { $: 5 } } }]');
    engine.decide(call('t'), CONTEXT);
    engine.decide(call('t'), CONTEXT);
    expect(engine.status()).toEqual([
      { rule: 'r', hits: 2, lastError: 'modify had no effect: the changed params would not be valid JSON-RPC' },
    ]);
  });
});
