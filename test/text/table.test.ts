import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Column, renderTable } from '../../src/text/table.js';

interface Row {
  name: string;
  count: string;
}
const COLUMNS: Column<Row>[] = [
  { heading: 'NAME', grow: true, cell: (row) => row.name },
  { heading: 'N', align: 'right', cell: (row) => row.count },
];

describe('renderTable', () => {
  it('aligns columns, figures to the right', () => {
    const rows = [
      { name: 'a', count: '1' },
      { name: 'longer', count: '1000' },
    ];
    expect(renderTable(COLUMNS, rows, Number.POSITIVE_INFINITY)).toEqual([
      'NAME       N',
      'a          1',
      'longer  1000',
    ]);
  });

  it('shows its headings alone when there is nothing', () => {
    expect(renderTable(COLUMNS, [], 80)).toEqual(['NAME  N']);
  });

  it('cuts the growing column where the terminal ends, by display width', () => {
    const rows = [
      { name: '語'.repeat(30), count: '1' },
      { name: '🧵'.repeat(30), count: '22' },
      { name: 'plain', count: '333' },
    ];
    const lines = renderTable(COLUMNS, rows, 24);
    expect(lines.map((line) => stringWidth(line))).toEqual([24, 24, 24, 24]);
    expect(lines[1]).toMatch(/^語+… +1$/);
  });

  it('lets captured text move no cursor and break no line', () => {
    const [, line] = renderTable(COLUMNS, [{ name: 'a\x1b[2Jb\nc\u009bd', count: '1' }], 80);
    expect(line).toBe('a�[2Jb c�d  1');
  });

  it('takes any number of rows', () => {
    const row = { name: 'a', count: '1' };
    expect(renderTable(COLUMNS, new Array<Row>(150_000).fill(row), 80)).toHaveLength(150_001);
  });
});
