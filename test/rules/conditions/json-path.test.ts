import { describe, expect, it } from 'vitest';
import { compileJsonPath } from '../../../src/rules/conditions/json-path.js';

/** All values that a test is asked about. */
function valuesAt(path: string, root: unknown): unknown[] {
  const values: unknown[] = [];
  compileJsonPath(path).some(root, (value) => {
    values.push(value);
    return false;
  });
  return values;
}

describe('a JSONPath', () => {
  const root = { a: { b: [1, 2, { c: 'x' }] }, "it's": 1, length: 2 };

  it.each([
    ['$', [root]],
    ['$.a.b[1]', [2]],
    ['$["it\'s"]', [1]],
    ['$.a.b[-1].c', ['x']],
    ['$.a.b[0:2]', [1, 2]],
    ['$.a.b[3]', []],
    ['$.a.b.length', []],
    ['$.length', [2]],
    ['$.a["0"]', []],
    ['$.a.b["0"]', []],
    ['$.__proto__', []],
    ['$.constructor', []],
    ['$..c', ['x']],
    ['$.a.b[?@.c == "x"].c', ['x']],
    ['$.a.b[?search(@.c, "[w-y]")].c', ['x']],
    ['$.a.b[?match(@.c, "x+")].c', ['x']],
    ['$.a.b[?match(@.c, "[")].c', []],
    ['$.a.b[?match(@.c, @.missing)]', []],
    ['$[?match("1", @)]', []],
    ['$[?search("1", @)]', []],
    ['$.a.b[?length(@.c) == 1].c', ['x']],
    ['$.a.b[?@ == $.a.b[0]]', [1]],
  ])('%s', (path, expected) => {
    expect(valuesAt(path, root)).toEqual(expected);
    expect(valuesAt(path, undefined)).toEqual([]);
  });

  it.each([
    ['a', 'expected a JSONPath, which begins with $: "$.a"'],
    ['$.', 'not a JSONPath of RFC 9535'],
    ['$[?@.a =~ 1]', 'not a JSONPath of RFC 9535'],
    ['$..a..b', 'at most one ".."'],
    ['$[?@..a]', 'filters look only at the fields of an element'],
    ['$[?count($..a) > 1]', 'filters look only at the fields of an element'],
    ['$[?@ == $[*]]', 'not a JSONPath of RFC 9535'],
    ['$[?count($[*]) > 1]', 'filters look only at the fields of an element'],
    ['$[*,*,*][*,*,*][*,*]', 'at most 16 combinations of selectors'],
    [`$${'[*]'.repeat(51)}`, 'at most 50 steps'],
    [`$.${'a'.repeat(1_000)}`, 'at most 1000 characters'],
  ])('%s is refused', (path, message) => {
    expect(() => compileJsonPath(path)).toThrow(message);
  });

  it('a JSONPath takes time linear in the document', () => {
    const wide = { list: Array.from({ length: 50_000 }, (_, n) => ({ n, list: [n] })) };
    const started = performance.now();
    for (const path of ['$..n', '$.list[?@.n == $.list[0].n]', '$.list[*].list[?@ > 5]', '$..[?@.n == 1]']) {
      valuesAt(path, wide);
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('a JSONPath is not evaluated on documents that are too deep or have too many values', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`);
    expect(() => valuesAt('$..a', deep)).toThrow('recursion limit reached');
    expect(() => valuesAt('$[*]', Array.from({ length: 100_001 }))).toThrow('more than 100000 values');
  });
});
