import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/text/fit.js';
import { contextToJson, describeContext } from '../../../src/text/reports/context.js';
import { contextSvg } from '../../../src/text/reports/context-svg.js';
import { contextPoint, contextReport } from '../support/context-report.js';

const NOW = new Date(2027, 0, 1);
const MISS = {
  cause: 'expired',
  source: null,
  path: null,
  detail: '23 minutes',
  lostTokens: 26_000,
  lostUsd: 0.15,
} as const;
/** What a client may send: markup, control characters, a mark of direction. */
const HOSTILE = '</title><script>alert(1)</script>&"\u001b[2J\u202e';

const growing = [
  contextPoint({ number: 1, tokens: 80_000 }),
  contextPoint({ number: 2, tokens: 150_000, cacheMiss: MISS }),
  contextPoint({ number: 3, tokens: 30_000, compaction: { tokensBefore: 150_000, costUsd: 0.42 } }),
];

describe('the text', () => {
  const text = (width = 100) => describeContext(contextReport(growing), width, NOW).join('\n');

  it('has a bar for each request, as long as its part of the window, and the limit', () => {
    const bars = text()
      .match(/^\d .*│$/gm)
      ?.map((line) => (line.match(/[FMC]+ *│/) ?? [''])[0]);
    expect(bars).toHaveLength(3);
    const [first = '', second = '', third = ''] = bars?.map((bar) => bar.replace(/ *│/, '')) ?? [];
    expect(second.length / first.length).toBeCloseTo(150 / 80, 1);
    expect(first.length / third.length).toBeCloseTo(80 / 30, 0);
    expect(new Set(bars?.map((bar) => bar.length)).size).toBe(1);
  });

  it('marks compactions and cache misses with what they cost', () => {
    expect(text()).toContain('compacted from 150.0k to 30.0k tokens, the summary cost $0.42');
    expect(text()).toContain('cache missed: the entry had expired (23 minutes): 26.0k tokens billed again, $0.15 more');
  });

  it('has the figures of the groups of the last request', () => {
    expect(text()).toMatch(/^M {2}mcp +250 +1 % +\$0\.0013 {2}mcp:serena 250$/m);
    expect(text()).toContain('3 requests, the last with 30.0k tokens, 15 % of 200k');
  });

  it('says that it is a sample, and that figures are estimates', () => {
    const lines = describeContext(contextReport(growing, { total: 90 }), 200, NOW).join('\n');
    expect(lines).toContain('3 of 90 are shown');
    expect(describeContext(contextReport([contextPoint({ known: 'estimated' })]), 100, NOW).join('\n')).toContain(
      '~1.0k',
    );
  });

  it('names the agents of the session', () => {
    const agents = [{ agentId: 'a1', requests: 2, maxInputTokens: 900 }];
    const lines = describeContext(contextReport(growing, { agents }), 200, NOW);
    expect(lines.at(-1)).toBe('Agents have contexts of their own: --agent a1 (2 requests, up to 900).');
  });

  it.each([40, 46, 80, 120, 200])('fits %i columns', (width) => {
    for (const line of describeContext(contextReport(growing), width, NOW)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  it('says where nothing is known', () => {
    expect(describeContext(contextReport([]), 80, NOW)).toEqual(['No request of this conversation was attributed.']);
    const lines = describeContext(contextReport([contextPoint({ groups: [] })]), 80, NOW).join('\n');
    expect(lines).toContain('····');
    expect(lines).toContain('not known: these requests were not attributed');
  });
});

describe('the picture', () => {
  it('is one file that loads nothing, with a column for each request and the limit', () => {
    const svg = contextSvg(contextReport(growing));
    expect(svg.match(/<g><title>/g)).toHaveLength(3);
    expect(svg).toContain('class="limit"');
    expect(svg).toContain('class="compaction"');
    expect(svg).toContain('class="miss"');
    expect(svg).not.toMatch(/<script|<image|href|@import|url\((?!#)/);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('escapes what was captured', () => {
    const miss = { ...MISS, cause: 'changed' as const, source: `mcp:${HOSTILE}`, detail: HOSTILE };
    const point = contextPoint({ cacheMiss: miss });
    const svg = contextSvg(contextReport([point], { agentId: HOSTILE }));
    for (const part of ['<script', '\u001b', '\u202e']) expect(svg).not.toContain(part);
    expect(svg.match(/<\/title>/g)).toHaveLength(2);
  });
});

it('the JSON has every figure', () => {
  const json = contextToJson(contextReport(growing));
  expect(json.requests[1]).toMatchObject({
    number: 2,
    input_tokens: 150_000,
    known: 'exact',
    cache_read_tokens: 900,
    context_window: 200_000,
    cache_miss: { lost_tokens: 26_000, lost_usd: 0.15 },
    compaction: null,
  });
  expect(json.requests[2]?.compaction).toEqual({ tokens_before: 150_000, cost_usd: 0.42 });
  expect(json.requests[0]?.groups).toContainEqual({ group: 'mcp', tokens: 250, new_tokens: 0, cost_usd: 0.00125 });
});
