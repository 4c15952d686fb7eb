import { describe, expect, it } from 'vitest';
import { lintRules, parseRules, problemsAt } from '../../../src/rules/index.js';
import { NOW } from '../support/decide.js';

function warnings(...rules: string[]): string[] {
  const text = `version: 1\nrules:\n${rules.map((rule) => `- ${rule}`).join('\n')}`;
  return problemsAt(text, lintRules(parseRules(text, 'r'), NOW)).map(
    ({ line, path, message }) => `${line} ${path}: ${message}`,
  );
}

describe('a warning', () => {
  it.each([
    ['{ id: a, probability: 0, seed: 1, then: [{ tag: t }] }', 'probability: the rule never acts'],
    ['{ id: a, probability: 0.5, then: [{ tag: t }] }', 'id: without a seed, each run has other random numbers'],
    [
      '{ id: a, when: { tool: x }, then: [{ delay: { ms: 5, jitter: 0.1 } }] }',
      'id: without a seed, each run has other random numbers',
    ],
    [
      '{ id: a, then: [{ delay: { ms: 5 } }] }',
      'then: delay applies to every request of every server: there is no "when"',
    ],
    [
      '{ id: a, when: { transport: api }, then: [{ block: { reason: x } }] }',
      'when.transport: block has no effect: the Claude API is never altered',
    ],
    [
      '{ id: a, when: { tool: x }, then: [{ block: { reason: x } }, { tag: t }] }',
      'then[1]: never reached: block is the last action of a message',
    ],
    [
      '{ id: a, when: { any: [{ not: { tool: "a*" } }] }, then: [{ tag: t }] }',
      'when.any[0].not.tool: the * is a character of the name; for a pattern write { glob: … }',
    ],
    [
      '{ id: a, when: { time: { before: "2026-01-01" } }, then: [{ tag: t }] }',
      'when.time.before: the time has passed',
    ],
    [
      '{ id: a, when: { tool: x }, then: [{ mock: { result: { a: ["{{ args.x }}"] } } }] }',
      'then[0].mock: templates know request, server, session and now, not args',
    ],
  ])('%s', (rule, expected) => {
    expect(warnings(rule)).toEqual([`3 rules[0].${expected}`]);
  });

  it('names a rule that another one hides', () => {
    const block = 'when: { tool: x }, then: [{ block: { reason: x } }]';
    expect(warnings(`{ id: a, ${block} }`, `{ id: b, ${block} }`)).toEqual([
      '4 rules[1].id: never reached: a answers the same messages first',
    ]);
    expect(warnings(`{ id: a, ${block} }`, `{ id: b, priority: 1, ${block} }`)).toEqual([
      '3 rules[0].id: never reached: b answers the same messages first',
    ]);
    expect(warnings(`{ id: a, limit: 1, ${block} }`, `{ id: b, ${block} }`)).toEqual([]);
    expect(warnings(`{ id: a, enabled: false, ${block} }`, `{ id: b, ${block} }`)).toEqual([]);
  });

  it('is not given for what is meant', () => {
    expect(
      warnings(
        '{ id: a, then: [{ tag: t }, { redact: $.x }] }',
        '{ id: b, when: { tool: { glob: "*x" } }, probability: 0.1, seed: 1, then: [{ fault: { kind: slow, bytes_per_second: 9 } }, { tag: t }] }',
        '{ id: c, when: { tool: y, time: { before: "2027-01-01" } }, then: [{ mock: { result: { a: "{{ request.id }} {{ now }}" } } }] }',
      ),
    ).toEqual([]);
  });
});
