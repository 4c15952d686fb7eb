import { describe, expect, it } from 'vitest';
import { call, matches } from '../support/decide.js';

/** [test, values for which it holds, values for which it does not]; undefined: no value */
const TABLE: [string, unknown[], unknown[]][] = [
  ['a', ['a'], ['b', 'A', ' a', 1, null, ['a'], undefined]],
  ['1', [1, 1.0], ['1', true, 2, undefined]],
  ['true', [true], [1, 'true', false, undefined]],
  ['null', [null], [0, '', false, undefined]],
  ['{ equals: a }', ['a'], ['b', undefined]],
  ['{ equals: [1, { a: null }] }', [[1, { a: null }]], [[1], [1, {}], [1, { a: null, b: 1 }], [{ a: null }, 1], '1']],
  ['{ glob: "*delete*" }', ['delete', 'undelete_all'], ['Delete', 'del', 1, null, undefined]],
  ['{ glob: "a*c" }', ['ac', 'abc'], ['acb', 'bac']],
  ['{ regex: "dele?te" }', ['delete', 'xx delte xx'], ['dele', 5, null, undefined]],
  ['{ regex: "(?i)^delete$" }', ['DELETE'], ['delete it']],
  ['{ prefix: ab }', ['ab', 'abc'], ['cab', 'AB', 1, undefined]],
  ['{ suffix: ab }', ['ab', 'cab'], ['abc', undefined]],
  ['{ contains: ab }', ['cabc', ['x', 'ab']], ['a b', ['cabc'], { ab: 1 }, undefined]],
  ['{ contains: { a: 1 } }', [[0, { a: 1 }]], [{ a: 1 }, [{ a: 2 }], '{ a: 1 }']],
  ['{ one_of: [Oslo, 5, null] }', ['Oslo', 5, null], ['Bergen', '5', false, undefined]],
  ['{ exists: true }', [0, '', null, false, {}], [undefined]],
  ['{ exists: false }', [undefined], [0, '', null, false, {}]],
  ['{ gt: 3 }', [3.1, 1e300], [3, '4', null, [4], undefined]],
  ['{ lt: 3 }', [2, -1], [3, '2', null, undefined]],
  ['{ gt: 1, lt: 3 }', [2], [1, 3]],
  ['{ length: { min: 2 } }', ['ab', [1, 2], { a: 1, b: 2 }], ['a', [1], { a: 1 }, 22, null, undefined]],
  ['{ length: { max: 1 } }', ['', 'a', [], {}], ['ab', [1, 2], null, undefined]],
  ['{ length: { min: 1, max: 2 } }', ['ab'], ['', 'abc']],
  ['{ prefix: a, suffix: c, length: { min: 3 } }', ['abc'], ['ac', 'ab', 'bc']],
];

describe.each(TABLE)('%s', (test, holding, others) => {
  const when = `{ params: { $.arguments.x: ${test} } }`;

  it.each(holding.map((value) => ({ value })))('holds for $value', ({ value }) => {
    expect(matches(when, call('t', { x: value }))).toBe(true);
  });

  it.each(others.map((value) => ({ value })))('does not hold for $value', ({ value }) => {
    expect(matches(when, call('t', { x: value }))).toBe(false);
  });
});

describe('a test of several values', () => {
  const subject = call('t', { list: [{ n: 1 }, { n: 5 }, {}] });

  it.each([
    ['"$.arguments.list[*].n": 5', true],
    ['"$.arguments.list[*].n": 6', false],
    ['"$.arguments.list[*].n": { gt: 4 }', true],
    ['"$.arguments.list[*].n": { exists: true }', true],
    ['"$.arguments.list[*].m": { exists: false }', true],
    ['"$.arguments.list[*].n": { exists: false }', false],
    ['"$.arguments.list[?@.n > 4].n": { exists: true }', true],
    ['"$.arguments.list[-1].n": { exists: false }', true],
    ['"$..n": 5', true],
  ])('holds for one of them: %s', (test, expected) => {
    expect(matches(`{ params: { ${test} } }`, subject)).toBe(expected);
  });
});

describe('regular expressions', () => {
  it.each(['(a+)+$', '(a|a)*$', '(.*a){20}', '(x+x+)+y', '([a-z]+)*[0-9]', '(a|b)*a(a|b){12}$'])(
    'are linear where others blow up: %s',
    (pattern) => {
      const subject = call('t', { x: `${'a'.repeat(200_000)}!` });
      const started = performance.now();
      matches(`{ params: { $.arguments.x: { regex: '${pattern}' } } }`, subject);
      expect(performance.now() - started).toBeLessThan(20_000);
    },
  );

  it('look at the first million characters', () => {
    const text = (length: number) => call('t', { x: `${'a'.repeat(length)}b` });
    expect(matches('{ params: { $.arguments.x: { regex: b } } }', text(999_999))).toBe(true);
    expect(matches('{ params: { $.arguments.x: { regex: b } } }', text(1_000_000))).toBe(false);
  });

  it.each(['(?=a)', '(?<!a)b', '(a)\\1', 'a{2000}', '(a{100}){100}', '[', 'x'.repeat(1_001)])(
    'are refused: %s',
    (pattern) => {
      expect(() => matches(`{ tool: { regex: '${pattern}' } }`, call('t'))).toThrow(/regular expression/);
    },
  );
});
