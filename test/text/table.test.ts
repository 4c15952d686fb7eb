import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/text/line.js';
import { type Column, fitTable, renderTable, rowLine } from '../../src/text/table.js';

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

  it('shows only headings without rows', () => {
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

  it('contains no control characters and no line ends of captured text', () => {
    const [, line] = renderTable(COLUMNS, [{ name: 'a\x1b[2Jb\nc\u009bd', count: '1' }], 80);
    expect(line).toBe('a�[2Jb c�d  1');
  });

  it('takes any number of rows', () => {
    const row = { name: 'a', count: '1' };
    expect(renderTable(COLUMNS, new Array<Row>(150_000).fill(row), 80)).toHaveLength(150_001);
  });
});

describe('fitTable', () => {
  const column = (heading: string, width: number, dropOrder?: number): Column<string> => ({
    heading,
    width,
    cell: (row) => row,
    ...(dropOrder === undefined ? {} : { dropOrder }),
  });
  const columns = [column('A', 10), column('B', 4, 1), column('C', 12, 2)];
  const fitted = (width: number) => fitTable(columns, [], width).columns.map(({ heading }) => heading);

  it('drops columns in their order until the others fit', () => {
    expect(fitted(30)).toEqual(['A', 'B', 'C']);
    expect(fitted(24)).toEqual(['A', 'C']);
    expect(fitted(10)).toEqual(['A']);
  });

  it('keeps a narrow column where a wider one had to be dropped after it', () => {
    expect(fitted(16)).toEqual(['A', 'B']);
  });

  it('cuts cells to a fixed width', () => {
    const table = fitTable([column('A', 4), column('B', 3)], [], 20);
    expect(textOf(rowLine(table, 'too long'))).toBe('too…  to…');
  });
});
