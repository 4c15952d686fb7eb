import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createEngine, lintRules, parseRules, type RuleSet, RulesError } from '../../../src/rules/index.js';
import { CONTEXT, call, NOW } from '../../rules/support/decide.js';
import { fill, growthFault } from '../../support/growth.js';
import { damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';

const FILE = `version: 1
rules:
  - id: slow-writes
    description: "writes are late"
    when:
      tool: { one_of: [write, { glob: "edit_*" }] }
      params: { "$.path": { regex: "^/home/[a-z]+/" }, $.list: { length: { max: 3 } } }
      any: [{ session: { tag: ci } }, { time: { hours: "22:00-06:00", zone: Europe/Prague, days: [mon, tue] } }]
    then:
      - delay: { uniform: { min: 10, max: 20 } }
      - modify: { set: { $.a: &a [1, { b: null }] }, transform: { "$.*": [upper, { replace: { regex: "a+", with: b } }] } }
    probability: 0.5
    seed: 7
    max_hits: 3
  - id: mocked
    when: { method: tools/call, not: { transport: http }, meta: { claudecode/toolUseId: { exists: true } } }
    then: [{ mock: { result: { content: [{ type: text, text: "{{ request.params.name | upcase }}" }] } } }]
  - { id: third, enabled: false, then: [{ fault: { kind: timeout } }, { redact: ["$..token"] }, { tag: t }, { alert: a }] }
`;
const TOKENS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '- ',
    '\n',
    '\n  ',
    '"',
    "'",
    '#',
    '&b ',
    '*a',
    '*b',
    '!!binary ',
    '|\n',
    '? ',
    '\t',
    '%',
    '@',
    '<<: *a',
    '---\n',
    '...\n',
  ],
  ...[
    'null',
    'true',
    '-1',
    '1e999',
    '.nan',
    '0x1F',
    '99999999999999999999',
    '__proto__',
    '$',
    '$..',
    '$[?@.a]',
    '{{',
    '}}',
    '{% for x in (1..9) %}',
  ],
  ...[
    'when:',
    'then:',
    'all:',
    'not:',
    'regex:',
    'glob:',
    'delay:',
    'modify:',
    'block:',
    'version: 2',
    '(a|b)*',
    '[[:x:]]',
    '\\p{L}',
    '(?=a)',
  ],
  '\ufeff',
  '\ud800',
  Buffer.of(0),
];

function parsed(text: string): RuleSet | null {
  try {
    return parseRules(text, 'r');
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    assert.ok(error.problems.length > 0);
    return null;
  }
}

/** A file is refused with its problems, or it works. */
export const ruleFiles = fuzzTarget('rule-files', 40, damaged(fc.constant(Buffer.from(FILE)), TOKENS, 4), (bytes) => {
  const set = parsed(bytes.toString());
  if (set === null) return;
  lintRules(set, NOW);
  const engine = createEngine(set);
  engine.decide(call('edit_x', { path: '/home/zoft/x', list: [1], token: 'a' }), CONTEXT);
  engine.decide(call('write', {}), CONTEXT);
});

const letters = fc.constantFrom(
  'a',
  'b',
  '.',
  '*',
  '+',
  '?',
  '(',
  ')',
  '|',
  '[ab]',
  '{2,9}',
  '{1,100}',
  '^',
  '$',
  '\\w',
  '\\b',
  '(?i)',
);
const pattern = fc.array(letters, { minLength: 1, maxLength: 10 }).map((parts) => parts.join(''));
const path = fc
  .array(
    fc.constantFrom(
      '.a',
      '.*',
      '[*]',
      '..a',
      '..*',
      '[0]',
      '[-1]',
      '[::2]',
      '[?@.a]',
      '[?@..a]',
      '[?@.a == $.a]',
      "['a','b']",
      '[?match(@.a, "(a|aa)+")]',
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => `$${parts.join('')}`);
const text = fc
  .array(fc.constantFrom('a', 'aa', 'b', ' ', '\n', '!', '\\', '\u{1f40e}'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''));
type Shape = 'text' | 'list' | 'fields' | 'lists' | 'deep';

/** Arguments of a call, of about this size. */
function argumentsOf(shape: Shape, unit: string, size: number): unknown {
  if (shape === 'text') return { a: fill(unit, size) };
  const count = Math.ceil(size / 20);
  if (shape === 'list') return { a: Array.from({ length: count }, () => ({ a: unit, b: 1 })) };
  if (shape === 'fields')
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${unit}${index}`, { a: unit }]));
  if (shape === 'lists')
    return Array.from({ length: Math.ceil(Math.sqrt(count)) }, () =>
      Array(Math.ceil(Math.sqrt(count))).fill({ a: unit }),
    );
  let value: unknown = Array(count).fill(unit);
  for (let depth = 0; depth < 150; depth++) value = depth % 2 === 0 ? { a: value } : [value];
  return value;
}

const slow = fc.record({
  pattern,
  path,
  unit: text,
  shape: fc.constantFrom<Shape>('text', 'list', 'fields', 'lists', 'deep'),
});

/** Decisions take linear time, whatever message a server sends and whatever rule was accepted. */
export const rulesTime = fuzzTarget('rules-time', 10, slow, ({ pattern: regex, path: where, unit, shape }) => {
  const [quoted, place] = [JSON.stringify(regex), JSON.stringify(where)];
  const set = parsed(`version: 1
rules:
  - { id: a, when: { params: { ${place}: { regex: ${quoted} } } }, then: [{ tag: a }] }
  - { id: b, then: [{ modify: { transform: { ${place}: [upper, { replace: { regex: ${quoted}, with: b } }] }, remove: [${place}] } }, { redact: ${place} }] }
`);
  if (set === null) return;
  const engine = createEngine(set);
  const fault = growthFault((size) => {
    const message = call('a', argumentsOf(shape, unit, size));
    return () => engine.decide(message, CONTEXT);
  });
  assert.equal(fault, null);
});
