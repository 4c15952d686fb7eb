import { describe, expect, it } from 'vitest';
import { parseUsage, withServerTools } from '../../../src/capture/reply/usage.js';

const terms = (raw: object) => parseUsage({ input_tokens: 1, output_tokens: 1, ...raw }, true)?.terms;
const entry = (type: string, output: number, more: object = {}) => ({
  type,
  input_tokens: 10,
  output_tokens: output,
  ...more,
});

describe('the terms of a bill', () => {
  it.each([
    [{}],
    [
      {
        service_tier: 'standard',
        inference_geo: 'global',
        server_tool_use: { web_search_requests: 2, web_fetch_requests: 3 },
      },
    ],
    [{ speed: null, service_tier: null, inference_geo: 'not_available', iterations: null, fallback_credit: null }],
    [{ iterations: [entry('message', 4)] }],
    [{ speed: 7, service_tier: {}, inference_geo: '', iterations: 'many', server_tool_use: [] }],
  ])('are empty for %j', (raw) => {
    expect(terms(raw)).toBeUndefined();
  });

  it('are what the API reports beside tokens', () => {
    expect(terms({ speed: 'fast', service_tier: 'priority', inference_geo: 'us' })).toMatchObject({
      speed: 'fast',
      serviceTier: 'priority',
      inferenceGeo: 'us',
    });
  });

  it('hold the iterations of an advisor and of a compaction, not those that are in the figures', () => {
    const iterations = [
      entry('message', 4),
      entry('advisor_message', 5, { model: 'claude-b', cache_read_input_tokens: 7 }),
      entry('compaction', 6),
      entry('new_kind', 7),
    ];
    expect(terms({ iterations })?.iterations).toMatchObject([
      { type: 'advisor_message', model: 'claude-b', uncached: 10, cacheRead: 7, output: 5 },
      { type: 'compaction', model: null, output: 6 },
      { type: 'new_kind', output: 7 },
    ]);
  });

  it('hold an attempt that was declined after its beginning, where a fallback model answered', () => {
    const declined = entry('message', 0, { model: 'claude-a' });
    const begun = entry('message', 3, { model: 'claude-a' });
    const served = entry('fallback_message', 9, { model: 'claude-b' });
    expect(terms({ iterations: [declined, served] })).toMatchObject({ servedBy: 'claude-b', iterations: [] });
    expect(terms({ iterations: [begun, served] })?.iterations).toMatchObject([{ model: 'claude-a', output: 3 }]);
  });

  it('name what has no figure', () => {
    expect(
      terms({ server_tool_use: { web_search_requests: 1, code_execution_requests: 2, image_requests: 0 } })?.unpriced,
    ).toEqual(['server_tool_use.code_execution_requests']);
    expect(terms({ fallback_credit: { status: { type: 'redeemed' } } })?.unpriced).toEqual(['fallback_credit']);
    expect(terms({ fallback_credit: { status: { type: 'not_applied' } } })).toBeUndefined();
    expect(
      terms({ iterations: [entry('message', 1), { type: 'advisor_message', input_tokens: '9' }] })?.unpriced,
    ).toEqual(['iterations']);
    const content = [{ type: 'server_tool_use', name: 'bash_code_execution' }];
    const plain = parseUsage({ input_tokens: 1, output_tokens: 1 }, true);
    expect(withServerTools(plain, content)?.terms?.unpriced).toEqual(['code_execution']);
    expect(withServerTools(plain, [{ type: 'server_tool_use', name: 'web_search' }])).toBe(plain);
    expect(withServerTools(null, content)).toBeNull();
  });

  it('stay small for any reply', () => {
    const iterations = Array.from({ length: 5000 }, () => entry('x'.repeat(5000), 1, { model: 'y'.repeat(5000) }));
    const server_tool_use = Object.fromEntries(iterations.map((_, n) => [`tool_${n}${'z'.repeat(500)}`, 1]));
    const found = terms({ iterations, server_tool_use, speed: 's'.repeat(5000) });
    expect(JSON.stringify(found).length).toBeLessThan(100_000);
    expect(found?.unpriced).toContain('iterations');
  });
});

describe('impossible figures', () => {
  it.each([-1, 1.5, '12', null, Number.NaN, 2 ** 60, 5e9, [], true])('%s is not a count', (figure) => {
    expect(parseUsage({ input_tokens: 3, output_tokens: figure }, true)).toMatchObject({ uncached: 3, output: null });
    expect(parseUsage({ input_tokens: figure, output_tokens: 3 }, true)).toMatchObject({ uncached: 0, output: 3 });
    expect(parseUsage({ input_tokens: figure, output_tokens: figure }, true)).toBeNull();
  });

  it('an output that is not the last figure is ignored', () => {
    expect(parseUsage({ input_tokens: 3, output_tokens: 1 }, false)).toMatchObject({ uncached: 3, output: null });
    expect(parseUsage({ output_tokens: 1 }, false)).toBeNull();
  });
});
