import { describe, expect, it } from 'vitest';
import { createEngine, lintRules, parseRules, type RuleSubject } from '../../src/rules/index.js';
import { readPage, sectionsOf } from '../docs/support/pages.js';
import { answer, CONTEXT, call, fromServer, NOW, stepsOf } from './support/decide.js';

interface Example {
  heading: string;
  text: string;
}

const EXAMPLES: Example[] = sectionsOf(await readPage('docs/rules.md')).flatMap(({ heading, text }) =>
  [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => ({ heading, text: yaml })),
);

describe('docs/rules.md', () => {
  it.each(EXAMPLES)('has rules without a mistake below "$heading"', ({ heading, text }) => {
    const warnings = lintRules(
      parseRules(text, 'docs/rules.md', { forGateway: heading === 'At the gateway' }),
      NOW,
    ).map(({ message }) => message);
    expect(warnings.filter((message) => !message.startsWith('without a seed'))).toEqual([]);
  });
});

function engineOf(heading: string) {
  const example = EXAMPLES.find((each) => each.heading === heading);
  if (example === undefined) throw new Error(`docs/rules.md has no example "${heading}"`);
  return createEngine(parseRules(example.text, 'docs/rules.md'));
}

/** The effects of the rules of a heading, step by step, on messages of one connection. */
function decided(heading: string, ...subjects: RuleSubject[]) {
  const engine = engineOf(heading);
  return subjects.map((subject) => {
    const decision = engine.decide(subject, CONTEXT);
    return (
      decision && {
        steps: stepsOf(decision),
        actions: decision.hits.map(({ action }) => action),
        redactions: decision.redactions,
      }
    );
  });
}

describe('the library of examples', () => {
  it('has a slow server', () => {
    const [slow, other] = decided(
      'Slow server',
      call('x'),
      fromServer({ jsonrpc: '2.0', method: 'notifications/message' }),
    );
    expect(slow?.steps).toEqual([{ do: 'delay', ms: expect.any(Number), rule: 'slow-server' }]);
    const [step] = slow?.steps ?? [];
    expect(step?.do === 'delay' && Math.abs(step.ms - 2_000)).toBeLessThanOrEqual(400);
    expect(other).toBeNull();
  });

  it('has a flaky server', () => {
    const results = decided('Flaky server', ...Array.from({ length: 100 }, () => call('x')));
    const failed = results.filter((result) => result !== null);
    expect(failed.length).toBeGreaterThan(10);
    expect(failed.length).toBeLessThan(35);
    expect(failed[0]?.steps).toMatchObject([{ do: 'delay', ms: 3_000 }, { do: 'answer' }]);
  });

  it('has a rate limit', () => {
    const results = decided('Rate limit', ...Array.from({ length: 20 }, () => call('search')));
    const [refused] = results.filter((result) => result !== null);
    expect(results.some((result) => result === null)).toBe(true);
    expect(refused?.steps).toMatchObject([{ do: 'answer', bytes: expect.stringContaining('"retry_after_ms":30000') }]);
  });

  it('has a malformed answer', () => {
    const [first, second] = decided('Malformed answer', call('list_tickets'), call('list_tickets'));
    const [step] = first?.steps ?? [];
    expect(() => JSON.parse(step?.do === 'answer' ? step.bytes.toString() : '{}')).toThrow();
    expect(second).toBeNull();
  });

  it('blocks a tool', () => {
    const [blocked, other] = decided('Block a tool', call('delete_all'), call('list'));
    expect(blocked?.steps).toMatchObject([
      { do: 'answer', bytes: expect.stringContaining('deleting is switched off here') },
    ]);
    expect(other).toBeNull();
  });

  it('mocks a tool', () => {
    const [mocked] = decided('Mock a tool', call('forecast', { city: 'Oslo' }));
    expect(mocked?.steps).toMatchObject([{ do: 'answer', bytes: expect.stringContaining('Rain in Oslo') }]);
  });

  it('redacts a field', () => {
    const engine = engineOf('Redact a field');
    const context = { ...CONTEXT, server: 'crm' };
    expect(engine.decide(call('login', { password: 'x' }), context)?.redactions).toEqual([
      "$['params']['arguments']['password']",
    ]);
    expect(engine.decide(answer({ content: [{ email: 'a' }, {}] }), context)?.redactions).toEqual([
      "$['result']['content'][0]['email']",
    ]);
  });

  it('holds a call', () => {
    const [held, other] = decided('Hold a call until you have looked at it', call('delete_all'), call('undelete'));
    expect(held).toMatchObject({ actions: ['alert', 'pause'], steps: [{ do: 'pause', limitMs: 300_000 }] });
    expect(other).toBeNull();
  });
});
