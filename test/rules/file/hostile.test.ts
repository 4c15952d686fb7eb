import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEngine, lintRules, parseRules, type RuleSet, RulesError } from '../../../src/rules/index.js';
import { CONTEXT, call, NOW } from '../support/decide.js';

const BASE = `version: 1
rules:
  - id: a
    when: { tool: { glob: "*x*" }, params: { "$..a[?@.b > 1]": { regex: "^(a|b)+$" } }, time: { hours: "22:00-06:00", zone: UTC } }
    then: [{ modify: { set: { $.a: [1, { b: null }] }, transform: { "$.*": [upper, { replace: { regex: "a+", with: b } }] } } }]
    probability: 0.5
    seed: 7
  - id: b
    when: { any: [{ not: { kind: response } }, { session: { age: { gt: 10m } } }], meta: { x: { exists: true } } }
    then: [{ delay: { exponential: { base: 1, max: 5 } } }, { mock: { result: { t: "{{ request.params.a | upcase }}" } } }]
  - id: c
    then: [{ redact: $.a }, { fault: { kind: slow, bytes_per_second: 5 } }, { block: { reason: no } }]
`;

/** Pieces of the language, and what breaks YAML. */
const piece = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '-',
    '\n',
    '  ',
    '"',
    "'",
    '#',
    '&a ',
    '*a',
    '!!',
    '|',
    '?',
    '\t',
    '%',
    '@',
    '\u0000',
    '\ud800',
  ),
  fc.constantFrom(
    'null',
    'true',
    '-1',
    '1e999',
    '.inf',
    '.nan',
    '0x1F',
    '99999999999999999999',
    '__proto__',
    'constructor',
    '$',
    '$..',
    '{{',
    '}}',
  ),
  fc.constantFrom(
    'when',
    'then',
    'all',
    'not',
    'regex',
    'glob',
    'one_of',
    'exists',
    'length',
    'equals',
    'delay',
    'modify',
    'kind',
  ),
  fc.string({ maxLength: 5 }),
);
const mutated = fc
  .array(fc.record({ at: fc.nat(BASE.length), length: fc.nat(12), text: piece }), { minLength: 1, maxLength: 3 })
  .map((edits) =>
    edits.reduce((text, { at, length, text: put }) => text.slice(0, at) + put + text.slice(at + length), BASE),
  );

/** A valid file in which one text is replaced. */
const filled = fc
  .record({
    slot: fc.constantFrom(
      '"^(a|b)+$"',
      '"*x*"',
      '"$..a[?@.b > 1]"',
      '"22:00-06:00"',
      'UTC',
      '10m',
      '"{{ request.params.a | upcase }}"',
      '"a+"',
      'no }',
      '"$.*"',
    ),
    text: fc.oneof(
      fc
        .array(fc.constantFrom('a', '.', '*', '+', '(', ')', '[', ']', '|', '\\', '?', '{2}', '^', '$'), {
          maxLength: 8,
        })
        .map((each) => each.join('')),
      fc
        .array(fc.constantFrom('.a', '[0]', '[*]', '..b', "['x']", '[?@.a]', '[-1]', '[1:2]'), { maxLength: 4 })
        .map((each) => `$${each.join('')}`),
      fc
        .array(
          fc.constantFrom(
            '{{ ',
            ' }}',
            'request',
            '.params',
            ' | ',
            'upcase',
            '{% if x %}',
            '{% endif %}',
            'join: ","',
          ),
          { maxLength: 6 },
        )
        .map((each) => each.join('')),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
  })
  .map(({ slot, text }) => BASE.replace(slot, () => `${JSON.stringify(text)}${slot.endsWith('}') ? ' }' : ''}`));

function parsed(text: string): RuleSet | null {
  try {
    return parseRules(text, 'r');
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    return null;
  }
}

it('a file is refused with problems, or works', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(mutated, filled), (text) => {
      const set = parsed(text);
      if (set === null) return;
      accepted += 1;
      lintRules(set, NOW);
      const engine = createEngine(set);
      engine.decide(call('xx', { a: [{ b: 2 }] }), CONTEXT);
      expect(JSON.parse(JSON.stringify(set))).toEqual(set);
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(10);
});
