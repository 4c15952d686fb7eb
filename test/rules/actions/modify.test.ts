import { describe, expect, it } from 'vitest';
import { answer, bytesOf, call, decide, fromClient, fromServer, hitsOf, stepsOf } from '../support/decide.js';

/** The arguments of a call, as JSON text, and what they become. */
function modified(modify: string, args: string): string {
  const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":${args},"name":"t"}}`;
  const decision = decide('{}', `[{ modify: ${modify} }]`, fromClient(text));
  const [step] = stepsOf(decision) ?? [];
  if (step === undefined) return hitsOf(decision)[0]?.detail ?? 'no hit';
  if (step.do !== 'replace') throw new Error(step.do);
  return /"arguments":(.*),"name"/s.exec(step.bytes)?.[1] ?? step.bytes;
}

describe('set', () => {
  it.each([
    ['{ $.arguments.a: 2 }', '{"a":1,"b":1}', '{"a":2,"b":1}'],
    ['{ $.arguments.a: { x: [1] } }', '{ "a" : 1 }', '{ "a" : {"x":[1]} }'],
    ['{ $.arguments.c: 3 }', '{"a":1}', '{"a":1,"c":3}'],
    ['{ $.arguments.c: 3 }', '{ }', '{"c":3 }'],
    ['{ $.arguments.a.b.c: 3 }', '{"x":1}', '{"x":1,"a":{"b":{"c":3}}}'],
    ['{ "$.arguments.list[1]": 9 }', '{"list":[1,2,3]}', '{"list":[1,9,3]}'],
    ['{ "$.arguments.list[3]": 9 }', '{"list":[1,2,3]}', '{"list":[1,2,3,9]}'],
    ['{ "$.arguments.list[0]": 9 }', '{"list":[]}', '{"list":[9]}'],
    ['{ "$.arguments.list[0].a": 9 }', '{"list":[]}', '{"list":[{"a":9}]}'],
    ['{ "$.arguments.list[5]": 9 }', '{"list":[1]}', 'nothing to change'],
    ['{ "$.arguments.a[0]": 9 }', '{}', 'nothing to change'],
    ['{ $.arguments.a.b: 9 }', '{"a":1}', 'nothing to change'],
    ['{ "$.arguments.list[*].n": 0 }', '{"list":[{"n":1},{"m":1},{"n":2}]}', '{"list":[{"n":0},{"m":1},{"n":0}]}'],
    ['{ "$..n": 0 }', '{"n":{"n":1},"m":{"n":2}}', '{"n":0,"m":{"n":0}}'],
    ['{ $.arguments: {} }', '{"a":1}', '{}'],
    ['{ $.arguments.a: null }', '{"a":1}', '{"a":null}'],
    ['{ $.arguments.a: 1, $.arguments.b: 2 }', '{}', '{"a":1,"b":2}'],
    ['{ $.arguments.a: 1 }', '{"a":1}', 'nothing to change'],
    ['{ "$.arguments[\\"it\'s\\"]": 1 }', '{}', `{"it's":1}`],
    ['{ $.arguments.__proto__.x: 1 }', '{}', '{"__proto__":{"x":1}}'],
  ])('%s: %s becomes %s', (set, args, expected) => {
    expect(modified(`{ set: ${set} }`, args)).toBe(expected);
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  it('makes params where a message has none', () => {
    const decision = decide(
      '{}',
      '[{ modify: { set: { $.a.b: 1 } } }]',
      fromClient('{"jsonrpc":"2.0","id":1,"method":"x"}'),
    );
    expect(stepsOf(decision)).toEqual([
      { do: 'replace', rule: 'r', bytes: '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":{"b":1}}}' },
    ]);
  });
});

describe('remove', () => {
  it.each([
    ['$.arguments.a', '{"a":1}', '{}'],
    ['$.arguments.a', '{ "a":1, "b":2 }', '{ "b":2 }'],
    ['$.arguments.b', '{ "a":1, "b":2 }', '{ "a":1 }'],
    ['[$.arguments.b, $.arguments.c]', '{"a":1,"b":2,"c":3}', '{"a":1}'],
    ['[$.arguments.a, $.arguments.c]', '{"a":1,"b":2,"c":3}', '{"b":2}'],
    ["\"$.arguments['b','c']\"", '{"a":1,"b":2,"c":3}', '{"a":1}'],
    ["\"$.arguments['a','c']\"", '{"a":1,"b":2,"c":3}', '{"b":2}'],
    ['"$.arguments.*"', '{ "a":1,"b":2 }', '{  }'],
    ['"$.arguments.l[0]"', '{"l":[1,2,3]}', '{"l":[2,3]}'],
    ['"$.arguments.l[-1]"', '{"l":[1,2,3]}', '{"l":[1,2]}'],
    ['"$.arguments.l[?@ > 1]"', '{"l":[1,2,3]}', '{"l":[1]}'],
    ['"$..secret"', '{"l":[{"secret":1,"x":{"secret":2}}]}', '{"l":[{"x":{}}]}'],
    ['$.arguments.x', '{"a":1}', 'nothing to change'],
  ])('%s: %s becomes %s', (remove, args, expected) => {
    expect(modified(`{ remove: ${remove} }`, args)).toBe(expected);
  });
});

describe('rename', () => {
  it.each([
    ['{ $.arguments.a: b }', '{"a": 1}', '{"b":1}'],
    ['{ $.arguments.a: b }', '{"b":0,"a":1,"c":2}', '{"b":1,"c":2}'],
    ['{ $.arguments.a: b }', '{"a":1,"b":0}', '{"b":1}'],
    ['{ $.arguments.a: a }', '{"a":1}', 'nothing to change'],
    ['{ $.arguments.a: __proto__ }', '{"a":{"x":1}}', '{"__proto__":{"x":1}}'],
    ['{ "$.arguments.l[0]": b }', '{"l":[1]}', 'nothing to change'],
    ['{ "$..old": new }', '{"l":[{"old":1},{"old":2}]}', '{"l":[{"new":1},{"new":2}]}'],
    ['{ $.arguments: args }', '{}', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"args":{},"name":"t"}}'],
  ])('%s: %s becomes %s', (rename, args, expected) => {
    expect(modified(`{ rename: ${rename} }`, args)).toBe(expected);
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });
});

describe('transform', () => {
  it.each([
    ['upper', '"straße"', '"STRASSE"'],
    ['lower', '"ABC"', '"abc"'],
    ['trim', '" a "', '"a"'],
    ['reverse', '"a😀b"', '"b😀a"'],
    ['round', '2.5', '3'],
    ['floor', '2.9', '2'],
    ['ceil', '2.1', '3'],
    ['abs', '-2', '2'],
    ['{ prefix: "a" }', '"b"', '"ab"'],
    ['{ suffix: "a" }', '"b"', '"ba"'],
    ['{ replace: { text: a, with: "$1" } }', '"banana"', '"b$1n$1n$1"'],
    ['{ replace: { regex: "[0-9]+", with: "#" } }', '"a1b22"', '"a#b#"'],
    ['{ replace: { regex: "", with: "-" } }', '"ab"', '"-a-b-"'],
    ['{ truncate: 2 }', '"abc"', '"ab"'],
    ['{ add: 2 }', '1', '3'],
    ['{ multiply: -2 }', '3', '-6'],
    ['{ at_least: 5 }', '3', '5'],
    ['{ at_most: 5 }', '9', '5'],
    ['[trim, upper, { suffix: "!" }]', '" a "', '"A!"'],
    ['upper', '5', 'nothing to change'],
    ['round', '"2.5"', 'nothing to change'],
    ['{ multiply: 1.0e+308 }', '1e308', 'nothing to change'],
    ['{ at_most: 99999999999999999999 }', '12345678901234567890', 'nothing to change'],
    ['upper', 'null', 'nothing to change'],
  ])('%s: %s becomes %s', (transform, value, expected) => {
    const result = modified(`{ transform: { $.arguments.x: ${transform} } }`, `{"x":${value}}`);
    expect(result).toBe(expected === 'nothing to change' ? expected : `{"x":${expected}}`);
  });

  it('goes on after text that it does not look at', () => {
    const text = `${'a'.repeat(1_000_000)}b`;
    expect(modified('{ transform: { $.arguments.x: { replace: { regex: b, with: c } } } }', `{"x":"${text}"}`)).toBe(
      'nothing to change',
    );
  });
});

describe('a change', () => {
  const LONG = 'y'.repeat(5_000);

  it('keeps the bytes of everything else', () => {
    const text =
      '{ "jsonrpc" : "2.0","id":12345678901234567890,"method":"tools/call",\t"params":{"name":"t","big":1e400,"n":1.10,"s":"\\u00e9\\/","arguments":{"a":1},"dup":1,"dup":2}}';
    const decision = decide('{}', '[{ modify: { set: { $.arguments.a: 2 } } }]', fromClient(text));
    expect(stepsOf(decision)).toEqual([{ do: 'replace', rule: 'r', bytes: text.replace('{"a":1}', '{"a":2}') }]);
  });

  it('reaches every field of one name, since other readers keep the first', () => {
    expect(modified('{ set: { $.arguments.a: 0 } }', '{"a":1,"a":2}')).toBe('{"a":0,"a":0}');
    expect(modified('{ remove: $.arguments.a }', '{"a":1,"b":1,"a":2}')).toBe('{"b":1}');
    expect(modified('{ set: { $.arguments.x.a: 0 } }', '{"x":{"a":1},"x":{"a":2}}')).toBe('{"x":{"a":0},"x":{"a":0}}');
  });

  it('is made in the result of an answer, or in its error', () => {
    const then = '[{ modify: { set: { "$.content[0].text": cut, $.message: no } } }]';
    const when = '{ direction: server_to_client }';
    expect(stepsOf(decide(when, then, answer({ content: [{ type: 'text', text: 'long' }] })))).toMatchObject([
      { bytes: '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"cut"}],"message":"no"}}' },
    ]);
    const error = fromServer({ jsonrpc: '2.0', id: 1, error: { code: -1, message: 'x' } });
    expect(stepsOf(decide(when, then, error))).toMatchObject([
      { bytes: '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}' },
    ]);
  });

  it.each([
    ['{ set: { $: 5 } }', call('t'), 'the changed params would not be valid JSON-RPC'],
    ['{ set: { $: text } }', answer({}), 'the changed result would not be valid JSON-RPC'],
    ['{ remove: $ }', answer({}), 'the changed result would not be valid JSON-RPC'],
    [
      '{ remove: $.code }',
      fromServer({ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'x' } }),
      'the changed error would not be valid JSON-RPC',
    ],
  ])('that would not be JSON-RPC is not made: %s', (modify, subject, problem) => {
    const decision = decide(
      '{ direction: { one_of: [client_to_server, server_to_client] } }',
      `[{ modify: ${modify} }]`,
      subject,
    );
    expect(stepsOf(decision)).toEqual([]);
    expect(hitsOf(decision)).toEqual([{ rule: 'r', action: 'modify', detail: `modify had no effect: ${problem}` }]);
  });

  it.each([
    ['set', LONG, 'the changed message would be too large'],
    ['rename', LONG, 'the changed message would be too large'],
    ['transform', `{ prefix: ${LONG} }`, 'the changed text would be too long'],
  ])('is bounded in size: %s', (name, value, problem) => {
    const list = Array.from({ length: 50_000 }, () => ({ a: 'x' }));
    const then = `[{ modify: { ${name}: { "$.list[*].a": ${value} } } }]`;
    const started = performance.now();
    const decision = decide('{ kind: response }', then, answer({ list }));
    expect(hitsOf(decision)[0]?.detail).toBe(`modify had no effect: ${problem}`);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('is not tried where the message is too large to parse', () => {
    const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","list":[${'0,'.repeat(1_000_001)}0]}}`;
    const then = '[{ modify: { set: { $.a: 1 } } }, { block: { reason: no } }]';
    const decision = decide('{ tool: t }', then, { sender: 'client', bytes: bytesOf(text) });
    expect(hitsOf(decision).map(({ detail }) => detail)).toEqual([
      'modify had no effect: the message is too large to change',
      'no',
    ]);
    expect(stepsOf(decision)).toMatchObject([{ do: 'answer' }]);
  });
});
