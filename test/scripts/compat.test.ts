import { describe, expect, it } from 'vitest';
import type { Cell } from '../../scripts/compat/cell.js';
import { chosenVersions, compatibilityPage, shortReason } from '../../scripts/compat/page.js';

const cell = (claude: string, node: string, more: Partial<Cell> = {}): Cell => ({
  ...{ claude, node, program: 'js', unable: null, requests: 4, unmatched: 0, novelties: [] },
  faults: { capture: null, sources: null, MCP: null, 'split pane': null },
  ...more,
});

function rowsOf(cells: readonly Cell[]): { rows: string[]; notes: string[] } {
  const page = compatibilityPage({
    ...{ versions: ['2.0.0', '2.1.332'], nodes: [20, 26], cells, tracer: '0.1.0', platform: 'linux x64' },
    at: new Date('2026-11-30T12:00:00Z'),
  });
  return { rows: page.match(/^\| (?:2\.|Claude).*$/gm) ?? [], notes: page.match(/^\d\. .*$/gm) ?? [] };
}

describe('chosenVersions', () => {
  it('chooses every 20th version from 2.0.0 on, and the newest', () => {
    const published = ['1.0.99', ...Array.from({ length: 45 }, (_, patch) => `2.0.${patch}`), '2.1.0-beta.1'];
    expect(chosenVersions(published)).toEqual(['2.0.0', '2.0.20', '2.0.40', '2.0.44']);
    expect(chosenVersions(published.slice(0, 22))).toEqual(['2.0.0', '2.0.20']);
  });
});

describe('compatibilityPage', () => {
  it('says of each cell that it works, does not, or was not run', () => {
    const faults = { capture: null, sources: 'prompt | was not sent', MCP: 'no calls', 'split pane': null };
    const { rows, notes } = rowsOf([
      cell('2.0.0', 'v20.20.2', { unmatched: 0.0123 }),
      cell('2.0.0', 'v26.10.0', { unable: 'it does not start', requests: 0 }),
      cell('2.1.332', 'v26.10.0', { faults, program: 'native' }),
    ]);
    expect(rows).toEqual([
      '| Claude Code | program | Node 20.20.2 | Node 26.10.0 | unknown text |',
      '| 2.0.0 | JavaScript | yes | no [1] | 1.23 % |',
      '| 2.1.332 | native | not run | no: sources [2], MCP [3] | 0 % |',
    ]);
    expect(notes).toEqual([
      '1. Also without claude-trace on this Node: it does not start',
      '2. prompt / was not sent',
      '3. no calls',
    ]);
  });

  it('has no text that a program printed when it crashed', () => {
    expect(shortReason('Claude Code ended before the prompt:\nsome of its code')).toBe(
      'Claude Code ended before the prompt:',
    );
    expect(shortReason('x'.repeat(1_000))).toHaveLength(200);
  });
});
